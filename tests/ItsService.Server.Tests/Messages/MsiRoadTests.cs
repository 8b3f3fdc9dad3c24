using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Messages;

/// <summary>From guest memory and register writes to the end of an interrupt.</summary>
public class MsiRoadTests
{
    private const uint Device = 0x0108;
    private const uint EventId = 3;
    private const uint Lpi = 8200;
    private const uint Collection = 5;
    private const uint Vcpu = 1;

    /// <summary>The ways in which one message may come in.</summary>
    public enum Road
    {
        /// <summary>SignalMsi to an ITS by its number.</summary>
        Its,

        /// <summary>SignalMsi to an address.</summary>
        Doorbell,

        /// <summary>SignalMsi to another address in the ITS's frames, which KVM takes as well.</summary>
        DoorbellElsewhereInTheFrames,

        /// <summary>Registers.Write of GITS_TRANSLATER by address.</summary>
        WriteByAddress,

        /// <summary>Registers.Write of GITS_TRANSLATER by name.</summary>
        WriteByName,

        /// <summary>Registers.Write of GITS_TRANSLATER by frame and offset, 16 bits wide.</summary>
        HalfwordWriteByOffset,

        /// <summary>A write of GITS_TRANSLATER in a batch.</summary>
        Batch,
    }

    public static TheoryData<Transport, Road> Roads
    {
        get
        {
            var rows = new TheoryData<Transport, Road>();
            foreach (var road in Enum.GetValues<Road>())
            {
                rows.Add(Transport.Tcp, road);
                rows.Add(Transport.UnixSocket, road);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Roads))]
    public async Task Message_asserts_the_line_until_it_is_acknowledged(Transport transport, Road road)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server[transport]);
        var before = (await guest.DescribeAsync()).Lines[(int)Vcpu];

        var (result, afterMessage) = await SendAsync(guest, road);

        Assert.Equal(
            new SignalMsiResult { Outcome = MsiOutcome.Pended, KvmReturn = 1, IntId = Lpi, Vcpu = Vcpu }, result);
        var asserted = Assert.Single(afterMessage);
        Assert.Equal(
            new VcpuLine { Vcpu = Vcpu, IrqAsserted = true, Generation = before.Generation + 1 }, asserted);
        Assert.Equal(asserted, (await guest.DescribeAsync()).Lines[(int)Vcpu]);
        Assert.Equal(Lpi, (await guest.ReadSystemAsync(Vcpu, "ICC_HPPIR1_EL1")).Value);

        var acknowledge = await guest.ReadSystemAsync(Vcpu, "ICC_IAR1_EL1");
        Assert.Equal(Lpi, acknowledge.Value);
        var deasserted = Assert.Single(acknowledge.ChangedLines);
        Assert.Equal(
            new VcpuLine { Vcpu = Vcpu, IrqAsserted = false, Generation = asserted.Generation + 1 }, deasserted);

        Assert.Equal(0xA0u, (await guest.ReadSystemAsync(Vcpu, "ICC_RPR_EL1")).Value);
        Assert.Empty((await guest.EndAsync(Vcpu, Lpi)).ChangedLines);
        Assert.Equal(0xFFu, (await guest.ReadSystemAsync(Vcpu, "ICC_RPR_EL1")).Value);
        Assert.Equal(1023u, await guest.AcknowledgeAsync(Vcpu));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(vcpu: 0));
    }

    [Fact]
    public async Task Second_message_of_an_event_coalesces_and_changes_no_line()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.SignalAsync(Device, EventId);

        var second = await guest.SignalAsync(Device, EventId);

        Assert.Equal(
            new SignalMsiResult { Outcome = MsiOutcome.Coalesced, KvmReturn = 1, IntId = Lpi, Vcpu = Vcpu },
            second.Result);
        Assert.Empty(second.ChangedLines);
        Assert.Equal(Lpi, await guest.AcknowledgeAsync(Vcpu));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(Vcpu));
    }

    [Fact]
    public async Task Generation_grows_by_one_with_each_change()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var generations = new List<ulong> { (await guest.DescribeAsync()).Lines[(int)Vcpu].Generation };

        for (var round = 0; round < 4; round++)
        {
            generations.Add(Assert.Single((await guest.SignalAsync(Device, EventId)).ChangedLines).Generation);
            var acknowledge = await guest.ReadSystemAsync(Vcpu, "ICC_IAR1_EL1");
            generations.Add(Assert.Single(acknowledge.ChangedLines).Generation);
            await guest.EndAsync(Vcpu, Lpi);
        }

        Assert.Equal(Enumerable.Range(0, 9).Select(step => generations[0] + (ulong)step), generations);
    }

    [Fact]
    public async Task Interrupt_of_higher_priority_asserts_the_line_again_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.ConfigureLpiAsync(Lpi + 1, priority: 0x40);
        await guest.ConfigureLpiAsync(Lpi + 2, priority: 0xA0);
        await guest.RunAsync(
            ItsCommand.MapEvent(Device, EventId + 1, Lpi + 1, Collection),
            ItsCommand.MapEvent(Device, EventId + 2, Lpi + 2, Collection),
            ItsCommand.Invalidate(Device, EventId + 1),
            ItsCommand.Invalidate(Device, EventId + 2),
            ItsCommand.Sync(Vcpu));
        await guest.SignalAsync(Device, EventId);
        Assert.Equal(Lpi, await guest.AcknowledgeAsync(Vcpu));

        var samePriority = await guest.SignalAsync(Device, EventId + 2);
        var higherPriority = await guest.SignalAsync(Device, EventId + 1);

        Assert.Empty(samePriority.ChangedLines);
        Assert.True(Assert.Single(higherPriority.ChangedLines).IrqAsserted);
        Assert.Equal(Lpi + 1, await guest.AcknowledgeAsync(Vcpu));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(Vcpu));
        Assert.Empty((await guest.EndAsync(Vcpu, Lpi + 1)).ChangedLines);
        Assert.True(Assert.Single((await guest.EndAsync(Vcpu, Lpi)).ChangedLines).IrqAsserted);
        Assert.Equal(Lpi + 2, await guest.AcknowledgeAsync(Vcpu));
    }

    [Fact]
    public async Task Priority_mask_and_group_enable_decide_on_the_line()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.SignalAsync(Device, EventId);

        var masked = await guest.WriteSystemAsync(Vcpu, "ICC_PMR_EL1", 0xA0);
        var unmasked = await guest.WriteSystemAsync(Vcpu, "ICC_PMR_EL1", 0xA8);
        var disabled = await guest.WriteSystemAsync(Vcpu, "ICC_IGRPEN1_EL1", 0);
        var enabled = await guest.WriteSystemAsync(Vcpu, "ICC_IGRPEN1_EL1", 1);
        var distributorOff = await guest.WriteAsync("GICD_CTLR", 0);

        Assert.Equal(
            [false, true, false, true, false],
            new[]
            {
                masked.ChangedLines, unmasked.ChangedLines, disabled.ChangedLines, enabled.ChangedLines,
                distributorOff.ChangedLines,
            }.Select(changed => Assert.Single(changed).IrqAsserted));
    }

    [Fact]
    public async Task Disabled_lpi_pends_silently_until_inv_reads_its_configuration()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.ConfigureLpiAsync(Lpi, enabled: false);
        await guest.RunAsync(ItsCommand.Invalidate(Device, EventId));

        var silent = await guest.SignalAsync(Device, EventId);
        await guest.ConfigureLpiAsync(Lpi, enabled: true);
        var beforeInv = await guest.AcknowledgeAsync(Vcpu);
        var writeOffset = await guest.PlaceAsync([ItsCommand.Invalidate(Device, EventId)]);
        var inv = await guest.WriteAsync("GITS_CWRITER", writeOffset);

        Assert.Equal(MsiOutcome.Pended, silent.Result.Outcome);
        Assert.Empty(silent.ChangedLines);
        Assert.Equal(1023u, beforeInv);
        Assert.True(Assert.Single(inv.ChangedLines).IrqAsserted);
        Assert.Equal(Lpi, await guest.AcknowledgeAsync(Vcpu));
    }

    [Fact]
    public async Task Commands_int_clear_and_discard_act_through_the_queue()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        await guest.RunAsync(ItsCommand.Interrupt(Device, EventId));
        var line = (await guest.DescribeAsync()).Lines[(int)Vcpu];
        await guest.RunAsync(ItsCommand.Clear(Device, EventId));
        var cleared = (await guest.DescribeAsync()).Lines[(int)Vcpu];
        await guest.RunAsync(ItsCommand.Discard(Device, EventId));

        Assert.True(line.IrqAsserted);
        Assert.False(cleared.IrqAsserted);
        Assert.Equal(line.Generation + 1, cleared.Generation);
        Assert.Equal(MsiOutcome.DroppedEventUnmapped, (await guest.SignalAsync(Device, EventId)).Result.Outcome);
    }

    [Fact]
    public async Task Write_of_translater_without_requester_is_a_cpu_store_and_does_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        var response = await guest.WriteAsync("GITS_TRANSLATER", EventId);

        Assert.Equal(new WriteRegisterResponse(), response);
        Assert.Equal(1023u, await guest.AcknowledgeAsync(Vcpu));
    }

    [Fact]
    public async Task Requester_of_another_register_is_no_message()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        var response = await guest.Api.WriteAsync(new WriteRegisterRequest
        {
            Vm = guest.Name,
            Target = Guest.Register("GITS_CWRITER"),
            Value = await guest.ReadAsync("GITS_CWRITER"),
            DeviceId = Device,
        });

        Assert.Null(response.Msi);
        Assert.Equal(1023u, await guest.AcknowledgeAsync(Vcpu));
    }

    [Fact]
    public async Task Two_its_share_the_redistributors_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "two-its", itsCount: 2);
        await guest.MapDeviceAsync(Device, eventCount: 1, firstLpi: 8192, collection: 1, its: 0);
        await guest.MapDeviceAsync(Device, eventCount: 1, firstLpi: 8193, collection: 1, its: 1);

        var second = await guest.Api.SignalMsiAsync(new SignalMsiRequest
        {
            Vm = guest.Name,
            Doorbell = new DoorbellMsi { Address = GuestMap.Doorbell(its: 1), Data = 0, DeviceId = Device },
        });
        var first = await guest.SignalAsync(Device, 0, its: 0);

        Assert.Equal((8193u, 1u), (second.Result.IntId, second.Result.Vcpu));
        Assert.Equal((8192u, 1u), (first.Result.IntId, first.Result.Vcpu));
        Assert.Equal(8192u, await guest.AcknowledgeAsync(vcpu: 1));
        await guest.EndAsync(1, 8192);
        Assert.Equal(8193u, await guest.AcknowledgeAsync(vcpu: 1));
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "road");
        await guest.RunAsync(
            ItsCommand.MapDevice(Device, eventIdBits: 8, GuestMap.TranslationTable(0, Device)),
            ItsCommand.MapCollection(Collection, Vcpu),
            ItsCommand.MapEvent(Device, EventId, Lpi, Collection),
            ItsCommand.Invalidate(Device, EventId),
            ItsCommand.Sync(Vcpu));
        return guest;
    }

    private static async Task<(SignalMsiResult Result, IEnumerable<VcpuLine> ChangedLines)> SendAsync(
        Guest guest, Road road)
    {
        switch (road)
        {
            case Road.Its:
                var byNumber = await guest.SignalAsync(Device, EventId);
                return (byNumber.Result, byNumber.ChangedLines);
            case Road.Doorbell or Road.DoorbellElsewhereInTheFrames:
                var byAddress = await guest.Api.SignalMsiAsync(new SignalMsiRequest
                {
                    Vm = guest.Name,
                    Doorbell = new DoorbellMsi
                    {
                        Address = road == Road.Doorbell ? GuestMap.Doorbell() : GuestMap.ItsBase + 0x1_FFFC,
                        Data = EventId,
                        DeviceId = Device,
                    },
                });
                return (byAddress.Result, byAddress.ChangedLines);
            case Road.Batch:
                var batch = await guest.Api.BatchAsync(new BatchRequest
                {
                    Vm = guest.Name,
                    Accesses =
                    {
                        new Access
                        {
                            Write = new WriteAccess
                            {
                                Target = Guest.At(GuestMap.Doorbell()), SizeBytes = 4, Value = EventId,
                                DeviceId = Device,
                            },
                        },
                    },
                });
                return (Assert.Single(batch.Results).Done.Msi, batch.ChangedLines);
            default:
                var write = await guest.Api.WriteAsync(TranslaterWrite(guest, road));
                return (write.Msi, write.ChangedLines);
        }
    }

    private static WriteRegisterRequest TranslaterWrite(Guest guest, Road road) => new()
    {
        Vm = guest.Name,
        Value = EventId,
        DeviceId = Device,
        SizeBytes = road switch { Road.WriteByAddress => 4, Road.HalfwordWriteByOffset => 2, _ => 0 },
        Target = road switch
        {
            Road.WriteByAddress => Guest.At(GuestMap.Doorbell()),
            Road.HalfwordWriteByOffset => new RegisterTarget
            {
                FrameOffset = new FrameOffset { Frame = Frame.Gits, Offset = 0x1_0040 },
            },
            _ => Guest.Register("GITS_TRANSLATER"),
        },
    };
}
