using Grpc.Core;
using ItsService.Core.Translation;
using ItsService.Server.Diagnostics;
using ItsService.Server.Machines;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Inspection.Activity;

/// <summary>
/// Somebody who watches what VMs do. What can be read at any time is read, so that a VM is entered for its last mistake
/// alone, and only when there is a new one.
/// </summary>
internal sealed class ActivityWatch(VmRegistry registry, ActivityOrder order, ItsServerLimits limits, TimeProvider time)
{
    private static readonly TimeSpan MistakesPatience = TimeSpan.FromMilliseconds(50);

    private Dictionary<string, Seen> _seen = [];
    private long _lookedAt;

    /// <summary>What has happened since the last call.</summary>
    public async Task<V1.WatchActivityResponse> LookAsync(CancellationToken call)
    {
        var now = time.GetTimestamp();
        // A look at one VM adds up that one.
        var (hosts, ended) = order.Vm.Length == 0
            ? registry.Census()
            : ([registry.Find(order.Vm, "vm")], new FleetTotals());
        var looks = hosts.Select(Look).ToList();
        var response = new V1.WatchActivityResponse
        {
            ElapsedUs = _lookedAt == 0 ? 0 : (ulong)time.GetElapsedTime(_lookedAt, now).TotalMicroseconds,
            VmCount = (ulong)looks.Count,
            Total = TotalOf(looks, ended),
        };
        var shown = looks
            .OrderByDescending(look => look.NewCount)
            .ThenBy(look => look.Reading.Name, StringComparer.Ordinal)
            .Take(order.VmsMax)
            .ToList();
        await TellMistakesAsync(shown, call);
        response.Vms.AddRange(shown.Select(look => look.Message));
        _seen = looks.ToDictionary(look => look.Host.Uid, look => look.Seen);
        _lookedAt = now;
        return response;
    }

    private VmLook Look(VmHost host)
    {
        var reading = host.Read();
        var before = _seen.GetValueOrDefault(host.Uid) ?? Seen.Nothing;
        var seen = before with
        {
            Injections = host.Telemetry.Injections.Copy(),
            Acknowledges = host.Telemetry.Acknowledges.Copy(),
        };
        var message = Describe(reading);
        message.Injection = LatencyCounts.Between(before.Injections, seen.Injections);
        message.Acknowledge = LatencyCounts.Between(before.Acknowledges, seen.Acknowledges);
        var done = message.MessagesPended + message.MessagesCoalesced + message.MessagesDropped + message.Commands;
        return new VmLook(host, reading, message)
        {
            Before = before,
            Seen = seen with { Done = done },
            NewCount = done - before.Done,
        };
    }

    private static V1.VmActivity Describe(in VmReading vm)
    {
        var counters = vm.Counters;
        var messages = Enum.GetValues<MsiOutcome>().Sum(counters.Messages);
        var (pended, coalesced) = (counters.Messages(MsiOutcome.Pended), counters.Messages(MsiOutcome.Coalesced));
        return new V1.VmActivity
        {
            Vm = vm.Name,
            State = vm.State,
            MessagesPended = (ulong)pended,
            MessagesCoalesced = (ulong)coalesced,
            MessagesDropped = (ulong)Math.Max(0, messages - pended - coalesced),
            Acknowledged = (ulong)(counters.AcknowledgedLpis + counters.AcknowledgedOthers),
            Commands = (ulong)counters.CommandCount,
            Mistakes = (ulong)vm.Mistakes.TotalCount,
            WaitingCommands = (ulong)vm.Activity.WaitingCommandCount,
            StalledQueues = (uint)vm.Activity.StalledQueueCount,
            MappedEvents = (ulong)vm.Activity.MappedEventCount,
            PendingLpis = (ulong)vm.Activity.PendingLpiCount,
            WaitingCalls = (ulong)vm.WaitingCallCount,
            Attached = vm.HasSession,
        };
    }

    private static V1.VmActivity TotalOf(List<VmLook> looks, FleetTotals ended)
    {
        var outcomes = Enum.GetValues<MsiOutcome>();
        var (pended, coalesced) = (ended.Messages(MsiOutcome.Pended), ended.Messages(MsiOutcome.Coalesced));
        ulong Sum(Func<V1.VmActivity, ulong> read) => looks.Aggregate(0ul, (sum, look) => sum + read(look.Message));
        return new V1.VmActivity
        {
            MessagesPended = (ulong)pended + Sum(vm => vm.MessagesPended),
            MessagesCoalesced = (ulong)coalesced + Sum(vm => vm.MessagesCoalesced),
            MessagesDropped = (ulong)(outcomes.Sum(ended.Messages) - pended - coalesced)
                + Sum(vm => vm.MessagesDropped),
            Acknowledged = (ulong)(ended.AcknowledgedLpis + ended.AcknowledgedOthers) + Sum(vm => vm.Acknowledged),
            Commands = (ulong)ended.Commands.Values.Sum() + Sum(vm => vm.Commands),
            Mistakes = (ulong)ended.MistakeCount + Sum(vm => vm.Mistakes),
            WaitingCommands = Sum(vm => vm.WaitingCommands),
            StalledQueues = (uint)Sum(vm => vm.StalledQueues),
            MappedEvents = Sum(vm => vm.MappedEvents),
            PendingLpis = Sum(vm => vm.PendingLpis),
            WaitingCalls = Sum(vm => vm.WaitingCalls),
            Injection = Together(looks, seen => seen.Injections),
            Acknowledge = Together(looks, seen => seen.Acknowledges),
        };
    }

    private static V1.LatencySummary Together(List<VmLook> looks, Func<Seen, long[]> read) => LatencyCounts.Between(
        LatencyCounts.Sum(looks.Select(look => read(look.Before))),
        LatencyCounts.Sum(looks.Select(look => read(look.Seen))));

    // All at once, and not for long: a VM that lets nobody in holds up no look at the others, and is asked again.
    private async Task TellMistakesAsync(List<VmLook> shown, CancellationToken call)
    {
        using var patience = new CancellationTokenSource(MistakesPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call, patience.Token);
        await Task.WhenAll(shown.Select(look => TellMistakeAsync(look, either.Token)));
        call.ThrowIfCancellationRequested();
    }

    private async Task TellMistakeAsync(VmLook look, CancellationToken call)
    {
        var count = look.Message.Mistakes;
        if (count != look.Before.MistakeCount && count > 0)
        {
            try
            {
                var request = new V1.GetDiagnosticsRequest
                {
                    Vm = look.Reading.Name,
                    AfterSequence = count - 1,
                    PageSize = 1,
                };
                var page = await DiagnosticsPage.ReadAsync(look.Host, request, limits, call);
                look.Seen = look.Seen with { MistakeCount = count, Mistake = page.Mistakes.FirstOrDefault() };
            }
            catch (RpcException)
            {
                // It is gone, or cannot be looked into, or not now.
            }
        }

        look.Message.LastMistake = look.Seen.Mistake?.Message ?? "";
        look.Message.LastMistakeTime = look.Seen.Mistake?.Time;
    }

    /// <summary>What was seen of a VM.</summary>
    private sealed record Seen(
        long[] Injections, long[] Acknowledges, ulong Done, ulong MistakeCount, V1.GuestMistake? Mistake)
    {
        public static Seen Nothing { get; } = new([], [], 0, 0, null);
    }

    private sealed class VmLook(VmHost host, VmReading reading, V1.VmActivity message)
    {
        public VmHost Host => host;

        public VmReading Reading => reading;

        public V1.VmActivity Message => message;

        public required Seen Before { get; init; }

        public required Seen Seen { get; set; }

        /// <summary>How much it has done since.</summary>
        public required ulong NewCount { get; init; }
    }
}
