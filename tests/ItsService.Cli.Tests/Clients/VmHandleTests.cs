using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

/// <summary>What else a VMM does with a VM through the library.</summary>
public sealed class VmHandleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Message_is_taken_by_number_and_by_address()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var byNumber = await Guest.SignalAsync(vm, 1);
        var byAddress = await vm.SignalMsiAsync(
            new GuestAddress(Guest.Doorbell), Guest.Device, new EventId(1), Cancellation).WithinLimit();
        var byWrite = await vm.WriteRegisterAsync(
            RegisterPlace.InGits(new ItsIndex(0), 0x10040),
            AccessSize.Word,
            0,
            Guest.Device,
            Cancellation).WithinLimit();

        var pended = byNumber.Result;
        Assert.Equal((MsiOutcome.Pended, 8193u, 1u), (pended.Outcome, pended.IntId, pended.Vcpu));
        Assert.True(Assert.Single(byNumber.ChangedLines).IrqAsserted);
        Assert.Equal(MsiOutcome.Coalesced, byAddress.Result.Outcome);
        Assert.Equal((MsiOutcome.Pended, 8192u), (byWrite.Msi.Outcome, byWrite.Msi.IntId));
        Assert.Equal(8193UL, await Guest.AcknowledgeAsync(vm, 1));
    }

    [Fact]
    public async Task Tables_come_entry_by_entry()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 0);

        var entries = await vm.DumpTablesAsync(Cancellation).ToListAsync(Cancellation).AsTask().WithinLimit();

        Assert.Equal(
            [
                TableEntry.KindOneofCase.Its,
                TableEntry.KindOneofCase.Collection,
                TableEntry.KindOneofCase.Collection,
                TableEntry.KindOneofCase.Device,
                TableEntry.KindOneofCase.Event,
                TableEntry.KindOneofCase.Event,
                TableEntry.KindOneofCase.Redistributor,
                TableEntry.KindOneofCase.PendingLpi,
                TableEntry.KindOneofCase.Redistributor,
            ],
            entries.Select(entry => entry.KindCase));
        Assert.Equal(
            new PendingLpiEntry { Vcpu = 0, IntId = Guest.Lpi, Enabled = true, Priority = 0xA0 },
            entries[7].PendingLpi);
    }

    [Fact]
    public async Task Reset_takes_the_controller_back_and_leaves_memory_and_places()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await vm.WriteMemoryAsync(Guest.Data, new byte[] { 7 }, Cancellation).WithinLimit();
        await Guest.SignalAsync(vm, 0);

        var after = await vm.ResetAsync(Cancellation).WithinLimit();

        Assert.DoesNotContain(after.Lines, line => line.IrqAsserted);
        Assert.Equal(0x808_0000UL, Assert.Single(after.Spec.Its).Base);
        var control = await vm.ReadRegisterAsync(RegisterPlace.Named("GICR_CTLR"), Cancellation).WithinLimit();
        Assert.Equal(0UL, control.Value & 1);
        Assert.Equal([7], await vm.ReadMemoryAsync(Guest.Data, 1, Cancellation).WithinLimit());
    }

    [Fact]
    public async Task Registers_are_listed_with_their_fields()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");

        var registers = await vm.ListRegistersAsync(Cancellation).WithinLimit();

        var typer = Assert.Single(registers.Registers, register => register.Name == "GITS_TYPER");
        Assert.Contains(typer.Fields, field => (field.Name, field.HighBit, field.LowBit) == ("Devbits", 17u, 13u));
        Assert.Contains(registers.SystemRegisters, register => register.Name == "ICC_PMR_EL1");
    }

    [Fact]
    public async Task VM_is_named_with_and_without_its_collection()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        foreach (var name in new[] { "guest", "vms/guest" })
        {
            var vm = server.Client.Vm(name);
            Assert.Equal(("vms/guest", "guest"), (vm.Name.Value, vm.Name.Id));
            Assert.Equal("vms/guest", (await vm.DescribeAsync(Cancellation).WithinLimit()).Name);
        }

        Assert.ThrowsAny<ArgumentException>(() => server.Client.Vm(""));
    }

    [Fact]
    public async Task Handles_are_used_by_many_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Guest.SignalAsync(vm, 0)));

        Assert.Single(answers, answer => answer.Result.Outcome == MsiOutcome.Pended);
        Assert.Equal(199, answers.Count(answer => answer.Result.Outcome == MsiOutcome.Coalesced));
        Assert.Equal(Guest.Lpi, await Guest.AcknowledgeAsync(vm, 0));
    }
}
