using ItsService.Cli.Replay;

namespace ItsService.Cli.Tests.Replay;

/// <summary>What a replay expects to be pending.</summary>
public sealed class PendingAccountTests
{
    private const uint Cpu = 0;
    private const uint Device = 1;
    private const uint Lpi = 8192;

    [Fact]
    public void Pending_LPI_is_read_back_when_LPIs_are_enabled_again()
    {
        var account = WithPendingLpi();

        account.EnableLpis(Cpu, enabled: false);
        account.EnableLpis(Cpu, enabled: true);

        Assert.Equal([new PendingLpi(Cpu, Lpi)], account.Pending);
    }

    [Fact]
    public void Table_that_is_declared_zero_holds_nothing()
    {
        var account = WithPendingLpi();

        account.EnableLpis(Cpu, enabled: false);
        account.DeclarePendingTableZero(Cpu, isZero: true);
        account.EnableLpis(Cpu, enabled: true);

        Assert.Empty(account.Pending);
    }

    [Fact]
    public void Declaration_that_a_table_is_zero_holds_for_one_enable()
    {
        var account = new PendingAccount(cpuCount: 1) { ItsEnabled = true };
        account.DeclarePendingTableZero(Cpu, isZero: true);
        Pend(account);

        account.EnableLpis(Cpu, enabled: false);
        account.EnableLpis(Cpu, enabled: true);

        Assert.Equal([new PendingLpi(Cpu, Lpi)], account.Pending);
    }

    private static PendingAccount WithPendingLpi()
    {
        var account = new PendingAccount(cpuCount: 1) { ItsEnabled = true };
        Pend(account);
        return account;
    }

    private static void Pend(PendingAccount account)
    {
        const ulong Valid = 1UL << 63;
        const ulong DeviceField = (ulong)Device << 32;
        account.EnableLpis(Cpu, enabled: true);
        account.Execute(new RecordedCommand(DeviceField | (byte)RecordedOpcode.Mapd, 0, Valid, 0));
        account.Execute(new RecordedCommand((byte)RecordedOpcode.Mapc, 0, Valid, 0));
        account.Execute(new RecordedCommand(DeviceField | (byte)RecordedOpcode.Mapti, (ulong)Lpi << 32, 0, 0));
        Assert.NotNull(account.Signal(Device, 0).Lpi);
    }
}
