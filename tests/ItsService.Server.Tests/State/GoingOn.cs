using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;

namespace ItsService.Server.Tests.State;

/// <summary>What a guest and its devices do after a save or a restore, and what they see.</summary>
internal static class GoingOn
{
    /// <summary>A VM like another one, with its memory and its saved state. It is Paused.</summary>
    public static async Task<Guest> RestoreIntoFreshAsync(Guest original, byte[] blob, string id = "restored")
    {
        var restored = await CopyAsync(original, id);
        await original.Api.RestoreAsync(restored.Name, blob);
        return restored;
    }

    /// <summary>A VM like another one, with its memory. It is Paused.</summary>
    public static async Task<Guest> CopyAsync(Guest original, string id)
    {
        var spec = (await original.DescribeAsync()).Spec;
        var vm = await original.Api.CreateVmAsync(
            new CreateVmRequest { VmId = id, Spec = spec, StartPaused = true });
        var copy = new Guest(original.Api, vm.Name);
        await CopyMemoryAsync(original, copy, spec.Its.Count);
        return copy;
    }

    /// <summary>Resumes, lets the queues end, takes interrupts, sends; tells all that is seen.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(Guest guest, int itsCount)
    {
        var seen = new List<string>();
        await guest.Api.ResumeAsync(guest.Name);
        for (var its = 0u; its < itsCount; its++)
        {
            seen.Add($"queue {its}: 0x{await EndQueueAsync(guest, its):X}");
        }

        await TakeAllAsync(guest, seen);
        for (var its = 0u; its < itsCount; its++)
        {
            await SendAsync(guest, its, seen);
            if ((await guest.ReadAsync("GITS_CTLR", its) & 1) == 1)
            {
                var answer = await guest.Api.SubmitAsync(guest.Submission(
                    [
                        ItsCommand.Interrupt(1, 2).Raw, ItsCommand.MapCollection(1, 1).Raw,
                        ItsCommand.InvalidateAll(0).Raw, ItsCommand.InvalidateAll(1).Raw, ItsCommand.MoveAll(0, 1).Raw,
                    ],
                    its));
                seen.AddRange(answer.Results.Select(result => $"{result.Outcome} {result.ErrorName}"));
            }
        }

        await TakeAllAsync(guest, seen);
        return seen;
    }

    public static async Task CopyMemoryAsync(Guest from, Guest to, int itsCount)
    {
        const ulong Step = 0x10_0000;
        var parts = Enumerable.Range(1, 2).Select(number => GuestMap.RamBase + ((ulong)number * Step))
            .Concat(Enumerable.Range(0, itsCount).SelectMany(its =>
                Enumerable.Range(0, 5).Select(number => GuestMap.Queue((uint)its) + ((ulong)number * Step))));
        foreach (var address in parts)
        {
            var data = await from.ReadMemoryAsync(address, Step);
            if (data.Span.ContainsAnyExcept((byte)0))
            {
                await to.WriteMemoryAsync(address, data);
            }
        }
    }

    /// <summary>Where the queue has stalled, its guest mends the command and goes on.</summary>
    private static async Task<ulong> EndQueueAsync(Guest guest, uint its)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "the queue does not end");
            var creadr = await guest.ReadAsync("GITS_CREADR", its);
            var cwriter = await guest.ReadAsync("GITS_CWRITER", its);
            if (creadr == cwriter)
            {
                return creadr;
            }

            if ((creadr & 1) == 1)
            {
                await guest.WriteMemoryAsync(
                    GuestMap.Queue(its) + (creadr & ~1UL), GuestMap.Doublewords(ItsCommand.Sync(0).Doublewords));
                await guest.WriteAsync("GITS_CWRITER", cwriter | 1, its);
            }
        }
    }

    private static async Task SendAsync(Guest guest, uint its, List<string> seen)
    {
        foreach (var device in new uint[] { 1, 2, 3 })
        {
            for (var eventId = 0u; eventId < 8; eventId++)
            {
                var result = (await guest.SignalAsync(device, eventId, its)).Result;
                seen.Add($"its {its} device {device} event {eventId}: {result.Outcome} {result.IntId} {result.Vcpu}");
            }
        }
    }

    private static async Task TakeAllAsync(Guest guest, List<string> seen)
    {
        foreach (var vcpu in new uint[] { 0, 1 })
        {
            seen.Add($"running priority {(await guest.ReadSystemAsync(vcpu, "ICC_RPR_EL1")).Value}");
            while (await guest.AcknowledgeAsync(vcpu) is var intId && intId >= 8192)
            {
                seen.Add($"vCPU {vcpu} takes {intId}");
                await guest.EndAsync(vcpu, intId);
                await guest.WriteSystemAsync(vcpu, "ICC_DIR_EL1", intId);
            }
        }
    }
}
