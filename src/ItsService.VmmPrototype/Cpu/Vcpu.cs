using System.Runtime.ExceptionServices;
using ItsService.VmmPrototype.Devices;
using ItsService.VmmPrototype.Engine;
using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Cpu;

/// <summary>
/// A processor of the guest. It executes in turns of a bounded number of blocks; between them, and where a block
/// begins, it takes interrupts and is stopped.
/// </summary>
internal sealed class Vcpu : IEngineClient, IDisposable
{
    // More of them and interrupts come late; fewer and starting the engine costs more than what it does.
    private const uint BlocksPerTurn = 1024;

    private readonly VcpuGroup _group;
    private readonly InterruptLines _lines;
    private readonly UnicornEngine _engine;
    private readonly TrappedRegisters _registers;
    private readonly ExceptionEntry _exceptions;
    private readonly EngineSnapshot _afterReset;
    private ExceptionDispatchInfo? _problem;
    private uint _blocks;
    private bool _wasStopped;
    private bool _isAsleep;
    private bool _mustFlushTlb;
    private bool _mustFlushInstructions;

    /// <param name="index">Its number, which is its affinity, too.</param>
    /// <param name="group">All of them.</param>
    /// <param name="clock">The guest's time.</param>
    /// <param name="controller">The interrupt controller.</param>
    /// <param name="mapAddresses">Puts memory and devices into its address space.</param>
    public Vcpu(
        int index,
        VcpuGroup group,
        GuestClock clock,
        IInterruptController controller,
        Action<UnicornEngine> mapAddresses)
    {
        Index = index;
        _group = group;
        _lines = controller.Lines;
        _engine = new UnicornEngine(this);
        mapAddresses(_engine);
        _engine.SetFlags(EngineCheck.FlagsAtEl1);
        Timers = new VcpuTimers(index, clock, controller);
        _registers = new TrappedRegisters(index, _engine, Timers, controller);
        _exceptions = new ExceptionEntry(_engine);
        _afterReset = _engine.TakeSnapshot();
    }

    public int Index { get; }

    public VcpuTimers Timers { get; }

    /// <summary>Switched on, by the machine or by another vCPU's CPU_ON.</summary>
    public bool IsOn { get; private set; }

    /// <summary>How many blocks it has executed in all.</summary>
    public ulong BlocksExecuted { get; private set; }

    /// <summary>Where it is, for a person who wonders why nothing happens.</summary>
    public ulong ProgramCounter => _engine.Read(EngineRegister.Pc);

    /// <summary>Switches it on: it begins as after a reset, at that address, with X0.</summary>
    public void SwitchOn(ulong entry, ulong argument)
    {
        _afterReset.Restore();
        _exceptions.ForgetFlags();
        _mustFlushTlb = true;
        _engine.Write(EngineRegister.X0, argument);
        _engine.Write(EngineRegister.Pc, entry);
        _isAsleep = false;
        IsOn = true;
    }

    /// <summary>Switches it off. It ends its turn with the next block.</summary>
    public void SwitchOff()
    {
        IsOn = false;
        Timers.Reset();
    }

    /// <summary>Executes for a turn, or until it sleeps. Returns how many blocks: 0 when it slept already.</summary>
    public uint TakeTurn()
    {
        if (_lines.IsAsserted(Index))
        {
            // Also one that is masked ends WFI.
            _isAsleep = false;
            TakeInterrupt();
        }

        if (_isAsleep)
        {
            return 0;
        }

        // Not before: for a vCPU that sleeps, all that others ask for meanwhile is one flush.
        FlushAsAsked();
        _blocks = 0;
        _wasStopped = false;
        _engine.Run();
        _problem?.Throw();
        // By itself the engine returns from WFI alone.
        _isAsleep = !_wasStopped;
        Timers.BlocksOfTurn = 0;
        BlocksExecuted += _blocks;
        return Math.Max(_blocks, 1);
    }

    public void FlushTlbBeforeTurn() => _mustFlushTlb = true;

    public void FlushInstructionsBeforeTurn() => _mustFlushInstructions = true;

    public void BlockEntered()
    {
        Timers.BlocksOfTurn = ++_blocks;
        _exceptions.LearnFlags();
        if (_blocks >= BlocksPerTurn || !IsOn || _group.IsStopping || _problem is not null || IsInterruptTaken())
        {
            _wasStopped = true;
            _engine.Stop();
        }
    }

    public void ExceptionTaken(EngineInterrupt interrupt)
    {
        switch (interrupt)
        {
            case EngineInterrupt.UndefinedInstruction when _registers.TryEmulate():
                break;
            case EngineInterrupt.HypervisorCall:
                var result = _group.Psci.Call(this, Argument(0), Argument(1), Argument(2), Argument(3));
                _engine.Write(EngineRegister.X0, result);
                break;
            case EngineInterrupt.SecureMonitorCall:
                _exceptions.TakeUndefinedBehind();
                break;
            case EngineInterrupt.UndefinedInstruction:
            case EngineInterrupt.SupervisorCall:
            case EngineInterrupt.PrefetchAbort:
            case EngineInterrupt.DataAbort:
            case EngineInterrupt.Breakpoint:
                _exceptions.TakeSynchronous(interrupt);
                break;
            default:
                throw new EngineException(
                    $"vCPU {Index} took exception {(int)interrupt}, which nothing delivers, at 0x{ProgramCounter:x}");
        }
    }

    public bool ReadsSystemRegister(SystemRegisterEncoding register, EngineRegister target) =>
        _registers.TryRead(register, target);

    public bool WritesSystemRegister(SystemRegisterEncoding register, ulong value)
    {
        if (SystemRegister.ChangesTranslation(register))
        {
            _exceptions.ForgetFlags();
        }

        return _registers.TryWrite(register, value);
    }

    public void SystemInstruction(SystemRegisterEncoding instruction)
    {
        if (SystemRegister.IsSharedTlbi(instruction))
        {
            _group.FlushTlbsOfOthers(this);
        }
        else if (SystemRegister.IsInstructionCache(instruction))
        {
            _group.FlushInstructionsOfOthers(this);
        }
    }

    // The first problem is the cause.
    public void Failed(Exception problem) => _problem ??= ExceptionDispatchInfo.Capture(problem);

    public void Dispose()
    {
        _afterReset.Dispose();
        _engine.Dispose();
    }

    // The engine tells of no change of PSTATE.I and F: while an interrupt waits, each block looks.
    private bool IsInterruptTaken() => _lines.IsAsserted(Index) && (TakesFiq() || TakesIrq());

    private bool TakesFiq() =>
        _lines.IsFiqAsserted(Index) && ProcessorState.TakesFiq(_engine.Read(EngineRegister.Pstate));

    private bool TakesIrq() =>
        _lines.IsIrqAsserted(Index) && ProcessorState.TakesIrq(_engine.Read(EngineRegister.Pstate));

    private void TakeInterrupt()
    {
        if (TakesFiq())
        {
            _exceptions.TakeFiq();
        }
        else if (TakesIrq())
        {
            _exceptions.TakeIrq();
        }
    }

    private ulong Argument(int number) => _engine.Read(EngineRegister.X0 + number);

    private void FlushAsAsked()
    {
        if (_mustFlushTlb)
        {
            _mustFlushTlb = false;
            _engine.FlushTlb();
        }

        if (_mustFlushInstructions)
        {
            _mustFlushInstructions = false;
            _engine.FlushInstructions();
        }
    }
}
