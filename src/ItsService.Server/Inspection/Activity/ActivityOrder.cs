using ItsService.Server.Errors;

namespace ItsService.Server.Inspection.Activity;

/// <summary>What somebody who watches VMs has asked for, checked.</summary>
/// <param name="Interval">From one message to the next.</param>
/// <param name="Vm">The only VM; empty for all.</param>
/// <param name="VmsMax">The most VMs in a message.</param>
internal sealed record ActivityOrder(TimeSpan Interval, string Vm, int VmsMax)
{
    private const uint IntervalMsMin = 100;
    private const uint IntervalMsMax = 60_000;
    private const uint VmsMaxMax = 1000;

    public static ActivityOrder Read(V1.WatchActivityRequest request)
    {
        var problems = new RequestProblems(UntrustedText.Shown(request.Vm));
        var interval = request.IntervalMs == 0 ? 1000 : request.IntervalMs;
        if (interval is < IntervalMsMin or > IntervalMsMax)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, "interval_ms", $"{interval} ms between two messages")
            {
                Accepted = $"{IntervalMsMin}..{IntervalMsMax}, or 0 for 1000",
            });
        }

        var vmsMax = request.VmsMax == 0 ? 100 : request.VmsMax;
        if (vmsMax > VmsMaxMax)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, "vms_max", $"{vmsMax} VMs in a message")
            {
                Accepted = $"1..{VmsMaxMax}, or 0 for 100",
            });
        }

        problems.ThrowIfAny();
        return new ActivityOrder(TimeSpan.FromMilliseconds(interval), request.Vm, (int)vmsMax);
    }
}
