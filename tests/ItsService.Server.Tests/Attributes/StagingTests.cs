using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Attributes;

/// <summary>
/// What is written from outside the guest while the VM is Paused: read back as written, in force from Resume on, and
/// never the reason that a command runs.
/// </summary>
public class StagingTests
{
    private const ulong Valid = 1UL << 63;
    private const ulong Enabled = 1;
    private const ulong Quiescent = 1UL << 31;
    private const uint Device = 3;
    private const uint FirstLpi = 8192;

    [Fact]
    public async Task Registers_of_an_its_read_back_as_written_before_and_after_resume()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.PauseAsync();
        (ulong Offset, ulong Written, ulong Read)[] registers =
        [
            (RegisterOffset.GitsIidr, 0x4B00_043B, 0x4B00_043B),
            (RegisterOffset.GitsIidr, 0xFFFF_0FFF, 0x4B00_043B),
            (RegisterOffset.GitsTyper, 0, 0x1_EF71),
            (RegisterOffset.GitsCreadr, 0x40, 0x40),
            (RegisterOffset.GitsCwriter, 0x60, 0x60),
            (RegisterOffset.GitsCbaser, Valid | GuestMap.Queue(0) | 15, Valid | (3UL << 59) | GuestMap.Queue(0) | 15),
            (RegisterOffset.GitsBaser(2), ulong.MaxValue, 0),
            (RegisterOffset.GitsBaser(7), ulong.MaxValue, 0),
            (0xFFE8, 0xFF, 0x3B),
        ];

        foreach (var (offset, written, _) in registers)
        {
            await guest.SetAttributeAsync(Gits(offset), written);
        }

        foreach (var (offset, _, read) in registers)
        {
            Assert.Equal(read, await guest.GetAttributeAsync(Gits(offset)) | AttributesOf(offset));
        }

        Assert.Equal(0u, await ReadCbaserInForceAsync(guest));
        await guest.ResumeAsync();
        foreach (var (offset, _, read) in registers)
        {
            Assert.Equal(read, await guest.GetAttributeAsync(Gits(offset)) | AttributesOf(offset));
        }

        Assert.Equal(0x40u, await guest.ReadAsync("GITS_CREADR"));
    }

    [Fact]
    public async Task Cbaser_clears_pointers_that_are_not_written_themselves()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.PauseAsync();
        var written = await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCwriter));
        Assert.NotEqual(0u, written);

        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser), Valid | GuestMap.Queue(0));

        Assert.Equal(0u, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCreadr)));
        Assert.Equal(0u, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCwriter)));
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCreadr), written);
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCwriter), written);
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser), Valid | GuestMap.Queue(0) | 1);
        Assert.Equal(written, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCreadr)));
        Assert.Equal(written, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCwriter)));
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCtlr), 0);
        await guest.ResumeAsync();
        Assert.Equal((written, written), (await guest.ReadAsync("GITS_CREADR"), await guest.ReadAsync("GITS_CWRITER")));
    }

    [Fact]
    public async Task Commands_that_cwriter_covers_run_at_resume_and_not_before()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.MapDeviceAsync(Device, eventCount: 2, FirstLpi);
        var offset = await guest.PlaceAsync([ItsCommand.Interrupt(Device, 1)]);
        await guest.PauseAsync();
        var before = await guest.DumpAsync();

        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCwriter), offset);

        Assert.Equal(before, await guest.DumpAsync());
        Assert.Equal(Enabled, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCtlr)));
        await guest.ResumeAsync();
        await guest.UntilQueueIsEmptyAsync(offset);
        Assert.Equal(Enabled | Quiescent, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCtlr)));
        Assert.Equal(FirstLpi + 1, await guest.AcknowledgeAsync(vcpu: 0));
    }

    [Fact]
    public async Task Redistributor_registers_are_staged_and_take_the_pending_table_at_resume()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.MapDeviceAsync(Device, eventCount: 2, FirstLpi);
        await guest.WriteAsync("GICR_CTLR", 0, index: 0);
        await guest.WriteMemoryAsync(GuestMap.PendingTable(5) + (FirstLpi / 8), Google.Protobuf.ByteString.CopyFrom(2));
        await guest.PauseAsync();

        await guest.SetAttributeAsync(Gicr(0, RegisterOffset.GicrCtlr), 1);
        await guest.SetAttributeAsync(Gicr(0, RegisterOffset.GicrPendbaser), (uint)GuestMap.PendingTable(5));
        await guest.SetAttributeAsync(Gicr(0, RegisterOffset.GicrPendbaser + 4), 0);

        Assert.Equal(1u, await guest.GetAttributeAsync(Gicr(0, RegisterOffset.GicrCtlr)) & 1);
        Assert.Equal(
            GuestMap.PendingTable(5),
            await guest.GetAttributeAsync(Gicr(0, RegisterOffset.GicrPendbaser)) & 0xFFFF_0000);
        await guest.ResumeAsync();
        Assert.Equal(1u, await guest.ReadAsync("GICR_CTLR") & 1);
        Assert.Equal(FirstLpi + 1, await guest.AcknowledgeAsync(vcpu: 0));
    }

    [Fact]
    public async Task Ptz_reads_zero()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.PauseAsync();

        await guest.SetAttributeAsync(Gicr(1, RegisterOffset.GicrPendbaser + 4), 1 << 30);

        Assert.Equal(0u, await guest.GetAttributeAsync(Gicr(1, RegisterOffset.GicrPendbaser + 4)));
    }

    [Fact]
    public async Task Other_registers_take_their_values_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.PauseAsync();

        await guest.SetAttributeAsync(Gicd(RegisterOffset.GicdCtlr), 2);
        await guest.SetAttributeAsync(Gicd(RegisterOffset.GicdIidr), 0x4B00_343B);
        await guest.SetAttributeAsync(Icc(1, RegisterOffset.IccPmr), 0xF0);
        await guest.SetAttributeAsync(Icc(1, RegisterOffset.IccSre), 1);
        await guest.SetAttributeAsync(Gicr(1, RegisterOffset.GicrIspendr), 0b1010);
        await guest.SetAttributeAsync(Gicr(1, RegisterOffset.GicrIspendr), 0b0110);
        await guest.SetAttributeAsync(Gicr(1, RegisterOffset.GicrIcpendr), 0b0110);

        Assert.Equal(2u, await guest.GetAttributeAsync(Gicd(RegisterOffset.GicdCtlr)) & 2);
        Assert.Equal(0xF0u, await guest.GetAttributeAsync(Icc(1, RegisterOffset.IccPmr)));
        Assert.Equal(7u, await guest.GetAttributeAsync(Icc(1, RegisterOffset.IccSre)));
        Assert.Equal(0b0110u, await guest.GetAttributeAsync(Gicr(1, RegisterOffset.GicrIspendr)));
        Assert.Equal(0u, await guest.GetAttributeAsync(Gicr(1, RegisterOffset.GicrIcpendr)));
        await guest.ResumeAsync();
        Assert.Equal(0xF0u, (await guest.ReadSystemAsync(1, "ICC_PMR_EL1")).Value);
    }

    [Fact]
    public async Task Upper_half_of_a_distributor_attribute_is_ignored()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        Assert.Equal(
            0x4B00_343Bu, await guest.GetAttributeAsync(OfController(DistributorGroup, (7UL << 32) | 0x8)));
    }

    [Fact]
    public async Task Typer_is_read_before_the_redistributors_have_a_place()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(vcpuCount: 4);
        spec.RedistributorRegions.Clear();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);

        for (var vcpu = 0u; vcpu < 4; vcpu++)
        {
            Assert.Equal((vcpu * 0x100) | 1, await guest.GetAttributeAsync(Gicr(vcpu, RegisterOffset.GicrTyper)));
        }
    }

    [Fact]
    public async Task Reset_of_an_its_unmaps_forgets_what_is_staged_and_keeps_its_place()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.MapDeviceAsync(Device, eventCount: 2, FirstLpi);
        await guest.SignalAsync(Device, 0);
        await guest.PauseAsync();
        var table = await guest.GetAttributeAsync(Gits(RegisterOffset.GitsBaser(0)));
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCwriter), 0x1000);

        await guest.SetAttributeAsync(ResetIts());

        foreach (var offset in new[]
        {
            RegisterOffset.GitsCbaser, RegisterOffset.GitsCreadr, RegisterOffset.GitsCwriter,
        })
        {
            Assert.Equal(0u, await guest.GetAttributeAsync(Gits(offset)));
        }

        Assert.Equal(table & ~Valid, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsBaser(0))));
        Assert.Equal(Quiescent, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCtlr)));
        Assert.Equal(GuestMap.ItsBase, await guest.GetAttributeAsync(ItsPlace()));
        Assert.DoesNotContain(await guest.DumpAsync(), entry => entry.KindCase == TableEntry.KindOneofCase.Device);
        await guest.ResumeAsync();
        Assert.Equal(MsiOutcome.DroppedItsDisabled, (await guest.SignalAsync(Device, 1)).Result.Outcome);
        Assert.Equal(FirstLpi, await guest.AcknowledgeAsync(vcpu: 0));
    }

    [Fact]
    public async Task Reset_of_the_vm_forgets_what_is_staged()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.PauseAsync();
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCreadr), 0xFFFE0);

        await server.Tcp.ResetVmAsync(guest.Name);

        Assert.Equal(VmState.Running, (await guest.ResumeAsync()).State);
        Assert.Equal(0u, await guest.ReadAsync("GITS_CREADR"));
    }

    [Fact]
    public async Task Attributes_are_read_while_the_vm_runs()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");

        Assert.Equal(
            await guest.ReadAsync("GITS_CWRITER"), await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCwriter)));
        Assert.Equal(0xF0u, await guest.GetAttributeAsync(Icc(0, RegisterOffset.IccPmr)));
        Assert.Equal(
            ErrorReason.WrongState,
            (await Refusal.OfAsync(() => guest.SetAttributeAsync(Icc(0, RegisterOffset.IccPmr), 0))).Detail.Reason);
    }

    // What a guest asks of the caches is taken as KVM takes it, and is not what is tested here.
    private static ulong AttributesOf(ulong offset) => offset == RegisterOffset.GitsCbaser ? 3UL << 59 : 0;

    private static async Task<ulong> ReadCbaserInForceAsync(Guest guest)
    {
        var entries = await guest.DumpAsync();
        return entries.Single(entry => entry.KindCase == TableEntry.KindOneofCase.Its).Its.ReadOffset;
    }
}
