using ItsService.VmmPrototype.Engine;

namespace ItsService.VmmPrototype.Cpu;

/// <summary>
/// Takes exceptions to EL1 as a processor does. The engine tells of them and leaves them to its host.
/// </summary>
internal sealed class ExceptionEntry(UnicornEngine engine)
{
    private const ulong FromEl1WithSpEl0 = 0x000;
    private const ulong FromEl1 = 0x200;
    private const ulong FromEl0 = 0x400;
    private const ulong IrqVector = 0x80;
    private const ulong FiqVector = 0x100;

    // ESR of an instruction that is undefined: class 0, 32 bits long.
    private const ulong UndefinedSyndrome = 0x0200_0000;

    private uint _kernelFlags;
    private bool _flagsAreStale = true;

    /// <summary>The guest has written what the engine's flags at EL1 depend on.</summary>
    public void ForgetFlags() => _flagsAreStale = true;

    /// <summary>
    /// Learns the engine's flags at EL1, which an exception from EL0 needs. At the begin of a block.
    /// </summary>
    public void LearnFlags()
    {
        if (_flagsAreStale)
        {
            Learn(engine.SaveContext());
        }
    }

    public void TakeSynchronous(EngineInterrupt interrupt)
    {
        var context = engine.SaveContext();
        Learn(context);
        engine.Write(EngineRegister.EsrEl1, context.Syndrome);
        if (interrupt is EngineInterrupt.PrefetchAbort or EngineInterrupt.DataAbort)
        {
            engine.Write(EngineRegister.FarEl1, context.FaultAddress);
        }

        Enter(vector: 0, engine.Read(EngineRegister.Pc));
    }

    /// <summary>For an instruction that the engine has stepped over.</summary>
    public void TakeUndefinedBehind()
    {
        engine.Write(EngineRegister.EsrEl1, UndefinedSyndrome);
        Enter(vector: 0, engine.Read(EngineRegister.Pc) - 4);
    }

    public void TakeIrq() => Enter(IrqVector, engine.Read(EngineRegister.Pc));

    public void TakeFiq() => Enter(FiqVector, engine.Read(EngineRegister.Pc));

    private void Learn(EngineContext context)
    {
        if (!ProcessorState.IsUser(context.Pstate))
        {
            _kernelFlags = context.Flags;
            _flagsAreStale = false;
        }
    }

    private void Enter(ulong vector, ulong returnAddress)
    {
        var before = engine.Read(EngineRegister.Pstate);
        engine.WriteSystemRegister(SystemRegister.SpsrEl1, before);
        engine.Write(EngineRegister.ElrEl1, returnAddress);
        var level = FromEl1;
        if (!ProcessorState.UsesOwnStack(before))
        {
            level = ProcessorState.IsUser(before) ? FromEl0 : FromEl1WithSpEl0;
            engine.Write(EngineRegister.SpEl0, engine.Read(EngineRegister.Sp));
            engine.Write(EngineRegister.Sp, engine.Read(EngineRegister.SpEl1));
        }

        engine.Write(EngineRegister.Pstate, ProcessorState.AfterException(before));
        if (ProcessorState.IsUser(before))
        {
            engine.SetFlags(_kernelFlags);
        }

        engine.Write(EngineRegister.Pc, engine.Read(EngineRegister.VbarEl1) + level + vector);
    }
}
