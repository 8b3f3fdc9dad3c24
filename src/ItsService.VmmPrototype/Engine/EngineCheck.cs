namespace ItsService.VmmPrototype.Engine;

/// <summary>
/// Runs two instructions before any guest, to see that what registers do not tell lies where
/// <see cref="EngineContext"/> looks. With another build of the engine guests would go wrong in strange ways.
/// </summary>
internal static unsafe class EngineCheck
{
    private const ulong Base = 0x1000;
    private const uint SupervisorCall = 0xD4034561; // svc #0x1a2b
    private const uint Branch = 0x14000000; // b .
    private const ulong ExpectedSyndrome = 0x5600_1A2B;
    private const uint ExpectedPstateMode = 5;
    private const uint FlagOfAArch64 = 1u << 31;
    private const int PageBytes = 4096;

    private static readonly Lazy<bool> Passed = new(() =>
    {
        Run();
        return true;
    });

    /// <summary>Does it once in the life of the process.</summary>
    /// <exception cref="EngineException">The engine is another one.</exception>
    public static void RequirePassed() => _ = Passed.Value;

    private static void Run()
    {
        var memory = (uint*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc(PageBytes, PageBytes);
        try
        {
            memory[0] = SupervisorCall;
            memory[1] = Branch;
            var check = new Client();
            using var engine = new UnicornEngine(check);
            check.Engine = engine;
            engine.MapMemory(Base, PageBytes, (byte*)memory);
            engine.Write(EngineRegister.Pc, Base);
            engine.Run();
            check.Judge();
        }
        finally
        {
            System.Runtime.InteropServices.NativeMemory.AlignedFree(memory);
        }
    }

    private sealed class Client : IEngineClient
    {
        private Exception? _problem;
        private bool _taken;

        public UnicornEngine? Engine { get; set; }

        public void BlockEntered()
        {
            if (_taken || _problem is not null)
            {
                Engine!.Stop();
            }
        }

        public void ExceptionTaken(EngineInterrupt interrupt)
        {
            _taken = true;
            var context = Engine!.SaveContext();
            Require(interrupt == EngineInterrupt.SupervisorCall, $"exception {interrupt}");
            Require(context.Syndrome == ExpectedSyndrome, $"syndrome 0x{context.Syndrome:x}");
            Require(context.Pc == Base + 4 && context.Pc == Engine.Read(EngineRegister.Pc), $"pc 0x{context.Pc:x}");
            Require((context.Pstate & 0xF) == ExpectedPstateMode, $"pstate 0x{context.Pstate:x}");
            Require((context.Flags & FlagOfAArch64) != 0, $"flags 0x{context.Flags:x}");
        }

        public bool ReadsSystemRegister(SystemRegisterEncoding register, EngineRegister target) => false;

        public bool WritesSystemRegister(SystemRegisterEncoding register, ulong value) => false;

        public void SystemInstruction(SystemRegisterEncoding instruction)
        {
        }

        public void Failed(Exception problem) => _problem ??= problem;

        public void Judge()
        {
            if (_problem is not null)
            {
                throw _problem;
            }

            Require(_taken, "no exception");
        }

        private static void Require(bool holds, string found)
        {
            if (!holds)
            {
                throw new EngineException(
                    $"{UnicornLibrary.FileName} {Version} keeps its state elsewhere than Debian's "
                    + $"{UnicornLibrary.DebianPackage} 2.0.1 does: svc #0x1a2b gave {found}");
            }
        }

        private static string Version => UnicornEngine.Version;
    }
}
