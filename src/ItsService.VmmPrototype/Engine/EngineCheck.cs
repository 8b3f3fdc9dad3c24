using System.Runtime.InteropServices;

namespace ItsService.VmmPrototype.Engine;

/// <summary>
/// Runs a few instructions before any guest, to see that what registers do not tell lies where
/// <see cref="EngineContext"/> looks. With another build of the engine guests would go wrong in strange ways.
/// </summary>
internal static unsafe class EngineCheck
{
    private const ulong Base = 0x1000;
    private const ulong BehindSupervisorCall = Base + 12;
    private const ulong ExpectedSyndrome = 0x5600_1A2B;
    private const uint ExpectedPstateMode = 5;
    private const uint FlagOfAArch64 = 1u << 31;
    private const uint FlagsOfMmu = 15u << 24;
    private const uint FlagsOfMmuAtEl1 = 2u << 24;
    private const int PageBytes = 4096;

    // The engine works its flags out anew where a guest writes SCTLR_EL1.
    private static readonly uint[] Program =
    [
        0xD5381000, // mrs x0, sctlr_el1
        0xD5181000, // msr sctlr_el1, x0
        0xD4034561, // svc #0x1a2b
        0x14000000, // b .
    ];

    private static readonly Lazy<uint> Passed = new(Run);

    /// <summary>
    /// The engine's flags of a processor at EL1 after a reset. The first to ask has the check done.
    /// </summary>
    /// <exception cref="EngineException">The engine is another one.</exception>
    public static uint FlagsAtEl1 => Passed.Value;

    private static uint Run()
    {
        var memory = (uint*)NativeMemory.AlignedAlloc(PageBytes, PageBytes);
        try
        {
            Program.CopyTo(new Span<uint>(memory, Program.Length));
            var check = new Client();
            using var engine = new UnicornEngine(check);
            check.Engine = engine;
            engine.MapMemory(Base, PageBytes, (byte*)memory);
            engine.Write(EngineRegister.Pc, Base);
            engine.Run();
            return check.Judge();
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private sealed class Client : IEngineClient
    {
        private Exception? _problem;
        private bool _taken;
        private uint _flags;

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
            Require(context.Pc == BehindSupervisorCall, $"pc 0x{context.Pc:x}");
            Require(context.Pc == Engine.Read(EngineRegister.Pc), $"pc 0x{context.Pc:x} apart from the register");
            Require((context.Pstate & 0xF) == ExpectedPstateMode, $"pstate 0x{context.Pstate:x}");
            _flags = context.Flags;
            var expected = FlagOfAArch64 | FlagsOfMmuAtEl1;
            Require((_flags & (FlagOfAArch64 | FlagsOfMmu)) == expected, $"flags 0x{_flags:x}");
        }

        public bool ReadsSystemRegister(SystemRegisterEncoding register, EngineRegister target) => false;

        public bool WritesSystemRegister(SystemRegisterEncoding register, ulong value) => false;

        public void SystemInstruction(SystemRegisterEncoding instruction)
        {
        }

        public void Failed(Exception problem) => _problem ??= problem;

        public uint Judge()
        {
            if (_problem is not null)
            {
                throw _problem;
            }

            Require(_taken, "no exception");
            return _flags;
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
