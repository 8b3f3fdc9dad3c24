using System.Diagnostics;

namespace ItsService.Qtest;

/// <summary>
/// The program that the CPUs of a machine run: each waits for a script in its mailbox, makes the accesses to its CPU
/// interface, and writes the results over the arguments. Exceptions stay masked. Between scripts Group 1 is disabled,
/// or a CPU with something pending would not sleep and would slow the others down.
/// </summary>
internal static class MailboxProgram
{
    /// <summary>Where a raw kernel image is loaded.</summary>
    private const ulong Code = VirtMachine.RamBase + 0x8_0000;
    private const int OtherCpusStart = 0x400;
    private const int BoxShift = 15;
    private const int DrainedShift = 18;

    // What the registers hold.
    private const uint X0 = 0, X1 = 1, X2 = 2;
    private const uint Left = 1, Argument = 2, Result = 3, DrainedEnd = 4, Acknowledged = 5;
    private const uint Cpu = 9, Box = 10, Drained = 11, One = 12, Entry = 13, Operation = 14;

    /// <summary>The first mailbox; 32 KiB for each CPU. RAM from here on belongs to this program.</summary>
    public const ulong Boxes = VirtMachine.RamBase + 0x0E00_0000;

    /// <summary>In a mailbox: not zero once its CPU runs.</summary>
    public const uint ReadyOffset = 8;

    /// <summary>In a mailbox: the script. The number of its operations stands first, 0 when they are done.</summary>
    public const uint ScriptOffset = 64;

    /// <summary>Which system register each operation reads or writes: CRn, CRm, op2.</summary>
    private static readonly (CpuOperation Operation, bool Reads, uint Crn, uint Crm, uint Op2)[] Accesses =
    [
        (CpuOperation.ReadIar1, true, 12, 12, 0),
        (CpuOperation.WriteEoir1, false, 12, 12, 1),
        (CpuOperation.ReadHppir1, true, 12, 12, 2),
        (CpuOperation.WritePmr, false, 4, 6, 0),
        (CpuOperation.ReadPmr, true, 4, 6, 0),
        (CpuOperation.ReadRpr, true, 12, 11, 3),
        (CpuOperation.WriteBpr1, false, 12, 12, 3),
        (CpuOperation.ReadBpr1, true, 12, 12, 3),
        (CpuOperation.WriteDir, false, 12, 11, 1),
        (CpuOperation.ReadAp1R0, true, 12, 9, 0),
        (CpuOperation.WriteAp1R0, false, 12, 9, 0),
        (CpuOperation.WriteCtlr, false, 12, 12, 4),
        (CpuOperation.ReadCtlr, true, 12, 12, 4),
    ];

    public static ulong BoxOf(int cpu) => Boxes + ((ulong)cpu << BoxShift);

    /// <summary>Where a CPU lists the INTIDs that it drains: 32 bits each.</summary>
    public static ulong DrainedOf(int cpu) => Boxes + 0x10_0000 + ((ulong)cpu << DrainedShift);

    /// <summary>The kernel image.</summary>
    public static byte[] Image(int cpus)
    {
        var code = new Assembler();
        StartOtherCpus(code, cpus);
        SetUp(code);
        WaitForScript(code);
        RunScript(code);
        return code.Assemble();
    }

    public static void WaitUntilReady(QemuMachine machine)
    {
        var waited = Stopwatch.StartNew();
        for (var cpu = 0; cpu < machine.Options.Cpus; cpu++)
        {
            while (machine.Read(BoxOf(cpu) + ReadyOffset, 8) == 0)
            {
                if (waited.Elapsed > TimeSpan.FromSeconds(20))
                {
                    throw new QtestException($"CPU {cpu} does not come up");
                }

                Thread.Sleep(1);
            }
        }
    }

    /// <summary>PSCI CPU_ON for all but the first.</summary>
    private static void StartOtherCpus(Assembler code, int cpus)
    {
        for (var cpu = 1; cpu < cpus; cpu++)
        {
            code.Move(X0, 0xC400_0003);
            code.Move(X1, (ulong)cpu);
            code.Move(X2, Code + OtherCpusStart);
            code.HypervisorCall();
        }

        while (code.Count < OtherCpusStart / 4)
        {
            code.Nop();
        }
    }

    private static void SetUp(Assembler code)
    {
        code.ReadSystemRegister(Cpu, 0, 0, 5); // MPIDR_EL1
        code.KeepLowByte(Cpu);
        code.Move(Box, Boxes);
        code.AddShifted(Box, Cpu, BoxShift);
        code.Move(Drained, DrainedOf(0));
        code.AddShifted(Drained, Cpu, DrainedShift);
        code.Move(X0, 7);
        code.WriteSystemRegister(X0, 12, 12, 5); // ICC_SRE_EL1
        code.InstructionBarrier();
        code.Move(X0, 0xFF);
        code.WriteSystemRegister(X0, 4, 6, 0); // ICC_PMR_EL1
        code.Move(One, 1);
        code.Store(One, Box, ReadyOffset);
    }

    private static void WaitForScript(Assembler code)
    {
        code.Label("wait");
        code.Load(Left, Box, 0);
        code.BranchIfNotZero(Left, "begin");
        code.WaitForInterrupt();
        code.Branch("wait");
    }

    private static void RunScript(Assembler code)
    {
        code.Label("begin");
        code.WriteSystemRegister(One, 12, 12, 7); // ICC_IGRPEN1_EL1
        code.InstructionBarrier();
        code.AddImmediate(Entry, Box, ScriptOffset);
        code.MoveRegister(DrainedEnd, Drained);
        code.Label("next");
        code.Load(Operation, Entry, 0);
        code.Load(Argument, Entry, 8);
        code.Move(Result, 0);
        foreach (var (operation, reads, crn, crm, op2) in Accesses)
        {
            code.Compare(Operation, (uint)operation);
            code.BranchIfNotEqual($"after {operation}");
            if (reads)
            {
                code.ReadSystemRegister(Result, crn, crm, op2);
            }
            else
            {
                code.WriteSystemRegister(Argument, crn, crm, op2);
            }

            code.Branch("done");
            code.Label($"after {operation}");
        }

        Drain(code);
        code.Label("done");
        code.InstructionBarrier();
        code.Store(Result, Entry, 8);
        code.AddImmediate(Entry, Entry, CpuScript.EntryBytes);
        code.SubtractImmediate(Left, Left, 1);
        code.BranchIfNotZero(Left, "next");
        code.WriteZeroToSystemRegister(12, 12, 7);
        code.InstructionBarrier();
        code.DataBarrier();
        code.StoreZero(Box);
        code.DataBarrier();
        code.Branch("wait");
    }

    private static void Drain(Assembler code)
    {
        const uint Spurious = 1023;
        code.Label("drain");
        code.ReadSystemRegister(Acknowledged, 12, 12, 0); // ICC_IAR1_EL1
        code.Compare(Acknowledged, Spurious);
        code.BranchIfEqual("done");
        code.WriteSystemRegister(Acknowledged, 12, 12, 1); // ICC_EOIR1_EL1
        code.StoreWordAndAdvance(Acknowledged, DrainedEnd);
        code.AddImmediate(Result, Result, 1);
        code.Branch("drain");
    }
}
