using ItsService.Qtest;

namespace ItsService.Differential.Tests;

/// <summary>The way to QEMU.</summary>
public class QtestTests
{
    private const ulong ConfigurationTable = VirtMachine.RamBase + 0x10_0000;
    private const ulong PendingTables = VirtMachine.RamBase + 0x20_0000;
    private const int FirstLpi = 8192;

    [Fact]
    public void A_script_is_answered_in_order()
    {
        NeedsQemu.Check();
        using var machine = QemuMachine.Start(new QemuOptions());
        var script = new QtestScript();
        var bytes = Enumerable.Range(0, 300_000).Select(index => (byte)(index * 7)).ToArray();

        var typer = script.Read(VirtMachine.GitsBase + 8, 8);
        script.WriteMemory(VirtMachine.RamBase, bytes);
        var copy = script.ReadMemory(VirtMachine.RamBase, bytes.Length);
        script.FillMemory(VirtMachine.RamBase + 1, 2, 0xAA);
        var word = script.Read(VirtMachine.RamBase, 4);
        var reads = Enumerable.Range(0, 100_000)
            .Select(index => script.Read(VirtMachine.RamBase + 4 + (ulong)(index % 64), 1)).ToArray();
        var answers = machine.Run(script);

        Assert.Equal(0x1F_0001_EFB1UL, answers[typer]);
        Assert.Equal(bytes, answers[copy]);
        Assert.Equal(0x15AA_AA00UL, answers[word]);
        Assert.All(reads, (read, index) => Assert.Equal(bytes[4 + (index % 64)], answers[read]));
    }

    [Fact]
    public void A_request_that_QEMU_refuses_throws_and_the_next_script_is_answered()
    {
        NeedsQemu.Check();
        using var machine = QemuMachine.Start(new QemuOptions());
        var script = new QtestScript();
        script.SetLine("/machine/nothing", "here", 0, level: true);
        script.Read(VirtMachine.RamBase, 4);

        var problem = Assert.Throws<QtestException>(() => machine.Run(script));

        Assert.Contains("FAIL", problem.Message, StringComparison.Ordinal);
        Assert.Equal(0x1F_0001_EFB1UL, machine.Read(VirtMachine.GitsBase + 8, 8));
    }

    [Fact]
    public void Running_CPUs_acknowledge_what_their_pending_tables_hold()
    {
        NeedsQemu.Check();
        using var machine = QemuMachine.Start(new QemuOptions { RunCpus = true });
        var cpuInterfaces = new CpuInterfaces(machine);
        machine.Write(VirtMachine.GicdBase, 4, 0x12);
        var script = new QtestScript();
        script.FillMemory(ConfigurationTable, 0x2000, 0xA3);
        script.Write(ConfigurationTable + 5, 1, 0x43); // More urgent.
        script.Write(ConfigurationTable + 6, 1, 0x42); // Disabled.
        for (var cpu = 0; cpu < 4; cpu++)
        {
            var table = PendingTables + ((ulong)cpu * 0x1_0000);
            script.Write(table + (FirstLpi / 8), 1, 0b0111_0001UL << cpu);
            script.Write(VirtMachine.GicrOf(cpu) + 0x70, 8, ConfigurationTable | 13);
            script.Write(VirtMachine.GicrOf(cpu) + 0x78, 8, table);
            script.Write(VirtMachine.GicrOf(cpu), 4, 1);
        }

        machine.Run(script);
        var look = new CpuScript().Add(CpuOperation.ReadHppir1).Add(CpuOperation.ReadRpr);
        var take = new CpuScript().Add(CpuOperation.ReadIar1).Add(CpuOperation.ReadRpr)
            .Add(CpuOperation.WriteEoir1, FirstLpi + 5).Add(CpuOperation.Drain);
        var results = cpuInterfaces.Run(look, take, new CpuScript(), new CpuScript().Add(CpuOperation.Drain));

        Assert.Equal([FirstLpi + 5, 0xFF], results[0].Values);
        Assert.Equal([FirstLpi + 5, 0x40, 0, 2], results[1].Values);
        Assert.Equal([FirstLpi + 1U, FirstLpi + 7U], results[1].Drained);
        Assert.Empty(results[2].Values);
        Assert.Equal([FirstLpi + 3U, FirstLpi + 7U], results[3].Drained);
    }
}
