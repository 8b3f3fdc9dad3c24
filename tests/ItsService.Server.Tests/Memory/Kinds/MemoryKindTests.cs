using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>What a guest and its VMM find is the same wherever the guest's RAM is.</summary>
public class MemoryKindTests
{
    private const uint Device = 7;
    private const uint Lpi = 8192;

    public static TheoryData<MemoryKind> Kinds => [.. Enum.GetValues<MemoryKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Guest_takes_its_messages(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, eventCount: 100, Lpi, collection: 1);

        for (var eventId = 0u; eventId < 100; eventId += 9)
        {
            Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(Device, eventId)).Result.Outcome);
            Assert.Equal(Lpi + eventId, await guest.AcknowledgeAsync(vcpu: 1));
            await guest.EndAsync(vcpu: 1, Lpi + eventId);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Command_sees_what_the_guest_wrote_before_it(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, eventCount: 2, Lpi);

        for (var round = 0; round < 8; round++)
        {
            var enabled = round % 2 == 1;
            await guest.ConfigureLpiAsync(Lpi, enabled: enabled);
            await guest.RunAsync(ItsCommand.Invalidate(Device, 0), ItsCommand.Sync(0));
            await guest.SignalAsync(Device, 0);
            Assert.Equal(enabled ? Lpi : 1023u, await guest.AcknowledgeAsync(vcpu: 0));
            await (enabled ? guest.EndAsync(vcpu: 0, Lpi) : Task.CompletedTask);
            await guest.RunAsync(ItsCommand.Clear(Device, 0), ItsCommand.Sync(0));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Queue_goes_round(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, eventCount: 4, Lpi);

        // The queue has 2,048 slots.
        for (var round = 0u; round < 10; round++)
        {
            await guest.RunAsync(
                [.. Enumerable.Range(0, 499).Select(_ => ItsCommand.Interrupt(Device, round % 4)), ItsCommand.Sync(0)],
                its: 0);
            Assert.Equal(Lpi + (round % 4), await guest.AcknowledgeAsync(vcpu: 0));
            await guest.EndAsync(vcpu: 0, Lpi + (round % 4));
            Assert.Equal(1023u, await guest.AcknowledgeAsync(vcpu: 0));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Pending_table_is_read_and_written(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, eventCount: 16, Lpi, collection: 1);
        await guest.SignalAsync(Device, 9);

        await guest.WriteAsync("GICR_CTLR", 0, index: 1);
        var saved = await guest.ReadMemoryAsync(GuestMap.PendingTable(1) + (Lpi / 8), 2);
        await guest.WriteMemoryAsync(GuestMap.PendingTable(1) + (Lpi / 8), ByteString.CopyFrom(0b100, 0));
        await guest.WriteAsync("GICR_CTLR", 1, index: 1);

        Assert.Equal(ByteString.CopyFrom(0, 0b10), saved);
        Assert.Equal(Lpi + 2, await guest.AcknowledgeAsync(vcpu: 1));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Tables_are_saved_and_restored(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, eventCount: 600, Lpi, collection: 1);
        var tables = await guest.DumpAsync();

        await server.Tcp.PauseAsync(guest.Name);
        await guest.SetAttributeAsync(SaveTables());
        ulong[] registers = [0x80, 0x90, 0x88, 0x100, 0x108, 0x00];
        var values = new List<ulong>();
        foreach (var register in registers)
        {
            values.Add(await guest.GetAttributeAsync(Gits(register)));
        }

        await guest.SetAttributeAsync(ResetIts());
        foreach (var (register, value) in registers.Zip(values))
        {
            await guest.SetAttributeAsync(Gits(register), value);
        }

        await guest.SetAttributeAsync(RestoreTables());
        await server.Tcp.ResumeAsync(guest.Name);

        Assert.Equal(tables, await guest.DumpAsync());
        await guest.SignalAsync(Device, 599);
        Assert.Equal(Lpi + 599, await guest.AcknowledgeAsync(vcpu: 1));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Batch_has_memory_and_registers_in_order(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, eventCount: 1, Lpi);
        await guest.SignalAsync(Device, 0);

        var answers = (await server.Tcp.BatchAsync(new BatchRequest
        {
            Vm = guest.Name,
            Accesses =
            {
                Acknowledge(),
                Acknowledge(),
                new Access
                {
                    WriteMemory = new WriteMemoryAccess { Address = GuestMap.DataArea, Data = ByteString.CopyFrom(5) },
                },
                new Access { ReadMemory = new ReadMemoryAccess { Address = GuestMap.DataArea, LengthBytes = 2 } },
                Acknowledge(),
            },
        })).Results;

        Assert.Equal([Lpi, 1023ul], answers.Take(2).Select(answer => answer.Value));
        Assert.Equal(ByteString.CopyFrom(5, 0), answers[3].Data);
        Assert.Equal(1023u, answers[4].Value);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Commands_are_submitted(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;

        var results = (await guest.SubmitAsync(
            new SubmittedCommand
            {
                Mapd = new MapdCommand
                {
                    DeviceId = Device,
                    Valid = true,
                    IttAddress = GuestMap.TranslationTable(0, Device),
                    EventIdBits = 5,
                },
            },
            new SubmittedCommand
            {
                Mapti = new MaptiCommand { DeviceId = Device, EventId = 3, IntId = Lpi + 3, CollectionId = 1 },
            })).Results;

        Assert.Equal([CommandOutcome.Executed, CommandOutcome.Executed], results.Select(result => result.Outcome));
        await guest.SignalAsync(Device, 3);
        Assert.Equal(Lpi + 3, await guest.AcknowledgeAsync(vcpu: 1));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Access_may_run_over_the_border_of_two_regions(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        var spec = GuestMap.Spec();
        spec.MemoryRegions.Clear();
        spec.MemoryRegions.Add(GuestMap.Region(GuestMap.RamBase, 0x2000));
        spec.MemoryRegions.Add(GuestMap.Region(GuestMap.RamBase + 0x2000, 0x1000));
        using var made = await GuestOfKind.CreateAsync(server, kind, spec: spec);
        await server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest
        {
            Name = made.Guest.Name,
            AddRegions = { GuestMap.Region(GuestMap.RamBase + 0x3000, 0x1000) },
        });
        var bytes = ByteString.CopyFrom([.. Enumerable.Range(0, 0x2800).Select(index => (byte)(index * 7 / 5))]);

        await made.Guest.WriteMemoryAsync(GuestMap.RamBase + 0x1800, bytes);

        Assert.Equal(bytes, await made.Guest.ReadMemoryAsync(GuestMap.RamBase + 0x1800, 0x2800));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Table_may_lie_over_the_border_of_two_kinds(MemoryKind kind)
    {
        const ulong Border = GuestMap.ConfigurationTable + 0x4000 - GuestMap.RamBase;
        await using var server = await GuestOfKind.StartServerAsync();
        var spec = GuestMap.Spec();
        spec.MemoryRegions.Clear();
        spec.MemoryRegions.Add(GuestMap.Region(GuestMap.RamBase, Border));
        using var made = await GuestOfKind.CreateAsync(server, kind, spec: spec);
        var guest = made.Guest;
        await server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest
        {
            Name = guest.Name,
            AddRegions = { GuestMap.Region(GuestMap.RamBase + Border, GuestMap.RamSizeBytes - Border) },
        });
        await made.SetUpAsync();
        await guest.MapDeviceAsync(Device, eventCount: 1, Lpi + 0x3FFF);
        await guest.MapDeviceAsync(Device + 1, eventCount: 1, Lpi + 0x4000);

        await guest.ConfigureLpiAsync(Lpi + 0x3FFF, enabled: false);
        await guest.RunAsync(ItsCommand.InvalidateAll(0), ItsCommand.Sync(0));
        await guest.SignalAsync(Device, 0);
        await guest.SignalAsync(Device + 1, 0);

        Assert.Equal(Lpi + 0x4000, await guest.AcknowledgeAsync(vcpu: 0));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(vcpu: 0));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Read_only_region_is_read_and_not_written(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        var spec = GuestMap.Spec();
        spec.MemoryRegions[0].ReadOnly = true;
        using var made = await GuestOfKind.CreateAsync(server, kind, spec: spec);
        var guest = made.Guest;
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(1, 1), ItsCommand.Sync(1));
        await guest.MapDeviceAsync(Device, eventCount: 16, Lpi, collection: 1);
        await guest.SignalAsync(Device, 9);

        await guest.WriteAsync("GICR_CTLR", 0, index: 1);

        Assert.Equal(
            ByteString.CopyFrom(0, 0), await guest.ReadMemoryAsync(GuestMap.PendingTable(1) + (Lpi / 8), 2));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Region_goes_and_comes_while_the_vm_runs(MemoryKind kind)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, kind);
        var guest = made.Guest;
        var region = (await guest.DescribeAsync()).Spec.MemoryRegions.Single();
        await guest.MapDeviceAsync(Device, eventCount: 1, Lpi);

        await server.Tcp.UpdateMemoryAsync(
            new UpdateMemoryRequest { Name = guest.Name, RemoveBases = { GuestMap.RamBase } });
        var gone = await Refusal.OfAsync(() => guest.ReadMemoryAsync(GuestMap.DataArea, 1));
        await guest.SignalAsync(Device, 0);
        var taken = await guest.AcknowledgeAsync(vcpu: 0);
        await server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest { Name = guest.Name, AddRegions = { region } });
        await guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(8));

        Assert.Equal(ErrorReason.NoMemory, gone.Detail.Reason);
        Assert.Equal(Lpi, taken);
        Assert.Equal(ByteString.CopyFrom(8), await guest.ReadMemoryAsync(GuestMap.DataArea, 1));
    }

    private static Access Acknowledge() => new()
    {
        ReadSystemRegister = new ReadSystemRegisterAccess { Target = Guest.SystemRegister("ICC_IAR1_EL1") },
    };
}
