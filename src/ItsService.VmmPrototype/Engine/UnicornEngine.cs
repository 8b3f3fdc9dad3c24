using System.Runtime.InteropServices;

namespace ItsService.VmmPrototype.Engine;

/// <summary>
/// One AArch64 processor. Everything is called from one thread. It begins at EL1 with its MMU off and interrupts
/// masked, as a guest finds itself that firmware has started.
/// </summary>
internal sealed unsafe class UnicornEngine : IDisposable
{
    private const int ArchitectureArm64 = 2;
    private const uint ControlExitsEnable = 0x44000004;
    private const uint ControlProcessorModel = 0x44000007;
    private const uint ControlFlushTranslations = 0x4000000a;
    private const uint CortexA57 = 0;

    private const int HookInterrupt = 1;
    private const int HookInstruction = 2;
    private const int HookBlock = 8;
    private const int HookMemoryProtection = 0x380;
    private const int InstructionMrs = 1;
    private const int InstructionMsr = 2;
    private const int InstructionSys = 3;

    private static readonly SystemRegisterEncoding TlbiVmalle1 = new(1, 0, 8, 7, 0);
    private static readonly SystemRegisterEncoding ScrEl3 = new(3, 6, 1, 1, 0);
    private static readonly SystemRegisterEncoding HcrEl2 = new(3, 4, 1, 1, 0);

    private readonly UnicornLibrary _library;
    private readonly IEngineClient _client;
    private readonly List<GCHandle> _handles = [];
    private readonly nint _engine;
    private readonly nint _context;

    public UnicornEngine(IEngineClient client)
    {
        _library = UnicornLibrary.Instance;
        _client = client;
        nint engine;
        _library.Check(_library.Open(ArchitectureArm64, 0, &engine), "open a processor");
        _engine = engine;
        _library.Check(_library.Control(_engine, ControlProcessorModel, CortexA57), "choose the processor's model");
        // Without an address to end at: the run ends where it is stopped.
        _library.Check(_library.Control(_engine, ControlExitsEnable, 1), "run without an end");
        nint context;
        _library.Check(_library.AllocateContext(_engine, &context), "allocate a context");
        _context = context;
        AddHooks();
        // Non-secure, EL2 and EL1 in AArch64, HVC allowed.
        WriteSystemRegister(ScrEl3, 0x501);
        WriteSystemRegister(HcrEl2, 1UL << 31);
        Write(EngineRegister.Pstate, ProcessorState.El1WithInterruptsMasked);
    }

    public static string Version
    {
        get
        {
            uint major, minor;
            _ = UnicornLibrary.Instance.Version(&major, &minor);
            return $"{major}.{minor}";
        }
    }

    /// <summary>Memory that several processors may share.</summary>
    public void MapMemory(ulong address, ulong sizeBytes, byte* memory)
    {
        const uint all = 7;
        _library.Check(
            _library.MapPointer(_engine, address, (nuint)sizeBytes, all, memory), $"map memory at 0x{address:x}");
    }

    public void MapDevice(ulong address, ulong sizeBytes, IMmioDevice device)
    {
        var window = Keep(new MmioWindow(device, _client));
        var error = _library.MapMmio(
            _engine,
            address,
            (nuint)sizeBytes,
            EngineCallbacks.MmioRead,
            window,
            EngineCallbacks.MmioWrite,
            window);
        _library.Check(error, $"map a device at 0x{address:x}");
    }

    /// <summary>Executes until <see cref="Stop"/>, or WFI.</summary>
    public void Run()
    {
        var from = Read(EngineRegister.Pc);
        var error = _library.Start(_engine, from, 0, 0, 0);
        if (error != 0)
        {
            _library.Check(error, $"go on at 0x{Read(EngineRegister.Pc):x}, begun at 0x{from:x}");
        }
    }

    /// <summary>
    /// Ends the run. Only from <see cref="IEngineClient.BlockEntered"/>: from a device's register or another thread,
    /// instructions would be executed twice.
    /// </summary>
    public void Stop() => _library.Stop(_engine);

    public ulong Read(EngineRegister register)
    {
        ulong value = 0;
        _ = _library.ReadRegister(_engine, (int)register, &value);
        return value;
    }

    public void Write(EngineRegister register, ulong value) =>
        _ = _library.WriteRegister(_engine, (int)register, &value);

    public void WriteSystemRegister(SystemRegisterEncoding register, ulong value)
    {
        var operands = new SystemRegisterOperands(register, value);
        var error = _library.WriteRegister(_engine, (int)EngineRegister.SystemRegister, &operands);
        _library.Check(error, $"write {register}");
    }

    /// <summary>Forgets translated addresses, after another processor's TLBI. Not while it runs.</summary>
    public void FlushTlb() => WriteSystemRegister(TlbiVmalle1, 0);

    /// <summary>Forgets translated instructions, after another processor's IC. Not while it runs.</summary>
    public void FlushInstructions() =>
        _library.Check(_library.Control(_engine, ControlFlushTranslations, 0), "flush translated instructions");

    /// <summary>What registers do not tell.</summary>
    public EngineContext SaveContext()
    {
        _library.Check(_library.SaveContext(_engine, _context), "save its context");
        return new EngineContext(_context);
    }

    /// <summary>Makes true what was changed in the context that was saved last.</summary>
    public void RestoreContext() => _library.Check(_library.RestoreContext(_engine, _context), "restore a context");

    /// <summary>What <see cref="EngineContext.Flags"/> tells of.</summary>
    public void SetFlags(uint flags)
    {
        var context = SaveContext();
        context.Flags = flags;
        RestoreContext();
    }

    /// <summary>The state as it is now, to come back to.</summary>
    public EngineSnapshot TakeSnapshot() => new(_library, _engine);

    public void Dispose()
    {
        _ = _library.FreeContext(_context);
        _ = _library.Close(_engine);
        foreach (var handle in _handles)
        {
            handle.Free();
        }

        _handles.Clear();
    }

    private void AddHooks()
    {
        var client = Keep(_client);
        AddHook(HookBlock, EngineCallbacks.Block, client);
        AddHook(HookInterrupt, EngineCallbacks.Interrupt, client);
        AddHook(HookInstruction, EngineCallbacks.Read, client, InstructionMrs);
        AddHook(HookInstruction, EngineCallbacks.Write, client, InstructionMsr);
        AddHook(HookInstruction, EngineCallbacks.System, client, InstructionSys);
        AddHook(HookMemoryProtection, EngineCallbacks.Protection, client);
    }

    private void AddHook(int kind, void* callback, nint user, int instruction = 0)
    {
        // From 1 to 0: everywhere.
        nint hook;
        var error = _library.AddHook(_engine, &hook, kind, callback, user, 1, 0, instruction);
        _library.Check(error, $"add a hook of kind {kind}");
    }

    private nint Keep(object target)
    {
        var handle = GCHandle.Alloc(target);
        _handles.Add(handle);
        return GCHandle.ToIntPtr(handle);
    }
}
