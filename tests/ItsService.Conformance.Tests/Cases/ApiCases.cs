using Grpc.Core;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Refusals;
using Guest = ItsService.Server.Tests.Guests.Guest;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>The tests of the cases that need the API; their cases are registered in their sections.</summary>
internal static class ApiCases
{
    private const int Busy = -16;
    private const uint InvalidArgument = 22;
    private const uint Lpi = ApiGuest.Lpi;
    private const uint Device = ApiGuest.Device;

    public static async Task MessageWhileLpisAreDisabled()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await guest.Guest.WriteAsync("GICR_CTLR", 0);
        Assert.Equal(Busy, (await guest.SignalAsync(Device, 0)).KvmReturn);
        await guest.Guest.WriteAsync("GICR_CTLR", 1);
        await guest.AssertNothingDeliveredAsync();
    }

    public static async Task MessageOfAMappedEvent()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        Assert.Equal(1, (await guest.SignalToAsync(GuestMap.Doorbell(), 0)).KvmReturn);
        await guest.AssertDeliveredAsync(Lpi);
    }

    public static async Task MessageOfWhatIsNotMapped()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        Assert.Equal(0, (await guest.SignalAsync(Device + 1, 0)).KvmReturn);
        Assert.Equal(0, (await guest.SignalAsync(Device, 1)).KvmReturn);
        await guest.AssertNothingDeliveredAsync();
    }

    public static Task MessageAfterDeviceIsUnmapped() => MessageGivesZeroAfter(guest =>
        guest.RunAsync(ItsCommand.UnmapDevice(Device)));

    public static Task MessageAfterCollectionIsUnmapped() => MessageGivesZeroAfter(guest =>
        guest.RunAsync(ItsCommand.UnmapCollection(0)));

    public static Task MessageAfterDiscard() => MessageGivesZeroAfter(guest =>
        guest.RunAsync(ItsCommand.Discard(Device, 0)));

    /// <summary>The event is mapped anew, to a collection that no MAPC has mapped.</summary>
    public static Task MessageOfAnUnmappedCollection() => MessageGivesZeroAfter(guest =>
        guest.RunAsync(ItsCommand.Discard(Device, 0), ItsCommand.MapEvent(Device, 0, Lpi, collection: 9)));

    public static Task MessageAfterTableIsInvalid(string register) => MessageGivesZeroAfter(async guest =>
    {
        await guest.WriteAsync("GITS_CTLR", 0);
        var value = await guest.ReadAsync(register);
        await guest.WriteAsync(register, value & ~(1UL << 63));
        await guest.WriteAsync(register, value);
        await guest.WriteAsync("GITS_CTLR", 1);
    });

    public static async Task MessageWithoutDevice()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        var refusal = await Refusal.OfAsync(() =>
            guest.Api.SignalMsiAsync(guest.ToAddress(GuestMap.Doorbell(), 0, device: null)));
        Assert.Equal(InvalidArgument, refusal.Detail.KvmErrno);
        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        await guest.AssertNothingDeliveredAsync();
    }

    /// <summary>At each of these places twice: pended, then coalesced, is 1 both times.</summary>
    public static async Task MessageElsewhereInTheFrames()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        foreach (var offset in (ulong[])[0, 0x80, 0x1_0044, 0x1_FFFC])
        {
            Assert.Equal(1, (await guest.SignalToAsync(GuestMap.ItsBase + offset, 0)).KvmReturn);
            Assert.Equal(1, (await guest.SignalToAsync(GuestMap.ItsBase + offset, 0)).KvmReturn);
            await guest.AssertDeliveredAsync(Lpi);
        }
    }

    public static async Task MessageToNoIts()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        foreach (var address in (ulong[])[GuestMap.RamBase, GuestMap.ItsBase + GuestMap.ItsStride])
        {
            var refusal = await Refusal.OfAsync(() => guest.Api.SignalMsiAsync(guest.ToAddress(address, 0)));
            Assert.Equal(InvalidArgument, refusal.Detail.KvmErrno);
        }

        await guest.AssertNothingDeliveredAsync();
    }

    public static async Task MessageWhileTheItsIsDisabled()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await guest.Guest.WriteAsync("GITS_CTLR", 0);
        Assert.Equal(Busy, (await guest.SignalAsync(Device, 0)).KvmReturn);
        await guest.Guest.WriteAsync("GITS_CTLR", 1);
        await guest.AssertNothingDeliveredAsync();
    }

    public static async Task MessageOfADisabledLpi()
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        await guest.Guest.ConfigureLpiAsync(Lpi, enabled: false);
        await guest.Guest.RunAsync(ItsCommand.Invalidate(Device, 0));
        Assert.Equal(1, (await guest.SignalAsync(Device, 0)).KvmReturn);
        await guest.AssertNothingDeliveredAsync();
        await guest.Guest.ConfigureLpiAsync(Lpi, enabled: true);
        await guest.Guest.RunAsync(ItsCommand.Invalidate(Device, 0));
        await guest.AssertDeliveredAsync(Lpi);
    }

    /// <summary>In one batch: message, acknowledge, end, a thousand times.</summary>
    public static async Task AThousandMessages()
    {
        const int Count = 1000;
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        var request = new BatchRequest { Vm = guest.Guest.Name };
        for (var n = 0; n < Count; n++)
        {
            request.Accesses.AddRange([Message(Device, 0), Acknowledge(0), End(0, Lpi)]);
        }

        var answers = (await guest.Api.BatchAsync(request)).Results.Chunk(3).ToArray();
        Assert.Equal(Count, answers.Length);
        Assert.All(answers, answer => Assert.Equal((1, Lpi), (answer[0].Done.Msi.KvmReturn, answer[1].Value)));
        await guest.AssertNothingDeliveredAsync();
    }

    /// <summary>Four devices of sixteen events, dealt out to the vCPUs in turn: a message of each, all taken.</summary>
    public static async Task ManyDevicesAndEvents()
    {
        const uint DeviceCount = 4;
        const uint EventCount = 16;
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        var messages = Enumerable.Range(0, (int)(DeviceCount * EventCount))
            .Select(n => (Number: (uint)n, Device: 0x100 + ((uint)n % DeviceCount), Event: (uint)n / DeviceCount))
            .ToArray();
        await guest.Guest.RunAsync([.. Enumerable.Range(0, (int)DeviceCount)
            .Select(n => 0x100 + (uint)n)
            .Select(device => ItsCommand.MapDevice(device, 12, GuestMap.TranslationTable(0, device % 0x100)))]);
        await guest.Guest.RunAsync([.. messages.Select(message => ItsCommand.MapEvent(
            message.Device, message.Event, Lpi + 100 + message.Number, message.Number % ApiGuest.VcpuCount))]);

        var request = new BatchRequest { Vm = guest.Guest.Name };
        request.Accesses.AddRange(messages.Select(message => Message(message.Device, message.Event)));
        var results = (await guest.Api.BatchAsync(request)).Results;
        Assert.All(results, result => Assert.Equal(1, result.Done.Msi.KvmReturn));

        var taken = new List<ulong>();
        for (var vcpu = 0u; vcpu < ApiGuest.VcpuCount; vcpu++)
        {
            taken.AddRange(await TakeAllAsync(guest, vcpu));
        }

        Assert.Equal(
            messages.Select(message => (ulong)(Lpi + 100 + message.Number)), taken.Order());
    }

    /// <summary>
    /// Callers send while the guest discards the event. Once DISCARD is done nothing of it is pending any more, and no
    /// message gets through.
    /// </summary>
    public static async Task DiscardUnderMessages(GicProfile profile)
    {
        const int Rounds = 25;
        const int Senders = 4;
        await using var guest = await ApiGuest.StartAsync(profile);
        for (var round = 0; round < Rounds; round++)
        {
            var started = Enumerable.Range(0, Senders).Select(_ => new TaskCompletionSource()).ToArray();
            var sending = started.Select(one => SendUntilDroppedAsync(guest, one)).ToArray();
            // Each has got a message through, and goes on while DISCARD comes.
            await Task.WhenAll(started.Select(one => one.Task));
            await guest.Guest.RunAsync(ItsCommand.Discard(Device, 0));
            var after = await guest.SignalAsync(Device, 0);
            Assert.Equal((MsiOutcome.DroppedEventUnmapped, 0), (after.Outcome, after.KvmReturn));
            await Task.WhenAll(sending);
            await guest.AssertNothingDeliveredAsync();
            await guest.Guest.RunAsync(ItsCommand.MapEvent(Device, 0, Lpi, 0));
        }
    }

    /// <summary>A message is taken, so that the translation was used; then a change, then another message.</summary>
    private static async Task MessageGivesZeroAfter(Func<Guest, Task> change)
    {
        await using var guest = await ApiGuest.StartAsync(GicProfiles.Kvm);
        Assert.Equal(1, (await guest.SignalAsync(Device, 0)).KvmReturn);
        await guest.AssertDeliveredAsync(Lpi);
        await change(guest.Guest);
        Assert.Equal(0, (await guest.SignalAsync(Device, 0)).KvmReturn);
        await guest.AssertNothingDeliveredAsync();
    }

    private static async Task SendUntilDroppedAsync(ApiGuest guest, TaskCompletionSource started)
    {
        SignalMsiResult result;
        do
        {
            result = await guest.SignalAsync(Device, 0);
            started.TrySetResult();
        }
        while (result.Outcome is MsiOutcome.Pended or MsiOutcome.Coalesced);

        Assert.Equal((MsiOutcome.DroppedEventUnmapped, 0), (result.Outcome, result.KvmReturn));
    }

    private static async Task<IEnumerable<ulong>> TakeAllAsync(ApiGuest guest, uint vcpu)
    {
        var taken = new List<ulong>();
        for (var intId = 0u; intId != ApiGuest.Spurious;)
        {
            intId = await guest.Guest.AcknowledgeAsync(vcpu);
            Assert.True(intId is ApiGuest.Spurious or >= Lpi, $"INTID {intId}");
            if (intId != ApiGuest.Spurious)
            {
                taken.Add(intId);
                await guest.Guest.EndAsync(vcpu, intId);
            }
        }

        return taken;
    }

    private static Access Message(uint device, uint eventId) => new()
    {
        Write = new WriteAccess
        {
            Target = Guest.At(GuestMap.Doorbell()),
            SizeBytes = 4,
            Value = eventId,
            DeviceId = device,
        },
    };

    private static Access Acknowledge(uint vcpu) => new()
    {
        ReadSystemRegister = new ReadSystemRegisterAccess
        {
            Vcpu = vcpu,
            Target = Guest.SystemRegister("ICC_IAR1_EL1"),
        },
    };

    private static Access End(uint vcpu, uint intId) => new()
    {
        WriteSystemRegister = new WriteSystemRegisterAccess
        {
            Vcpu = vcpu,
            Target = Guest.SystemRegister("ICC_EOIR1_EL1"),
            Value = intId,
        },
    };
}
