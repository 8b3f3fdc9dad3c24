using ItsService.Server.Errors;

namespace ItsService.Server.State;

/// <summary>Checks how a save is asked for.</summary>
internal static class SaveOrderReader
{
    private const uint DrainDeadlineMsMax = 600_000;
    private const uint DrainDeadlineMsByDefault = 5000;

    /// <summary>The deadlines that a drain takes.</summary>
    public static string DrainDeadlinesAccepted { get; } =
        $"1..{DrainDeadlineMsMax}, or 0 for {DrainDeadlineMsByDefault}";

    /// <summary>The order of an export: a save that writes the tables in any case.</summary>
    public static SaveOrder Read(string vmName, V1.ExportRequest request) => Read(vmName, new V1.SaveRequest
    {
        InFlight = request.InFlight,
        DrainDeadlineMs = request.DrainDeadlineMs,
        StayPaused = request.StayPaused,
    });

    /// <summary>The order that a checkpoint asks for, in the words of a save; the whole VM is taken.</summary>
    public static SaveOrder Read(string vmName, V1.CheckpointRequest request)
    {
        var save = new V1.SaveRequest
        {
            InFlight = request.InFlight,
            DrainDeadlineMs = request.DrainDeadlineMs,
            StayPaused = request.StayPaused,
            OmitTables = request.OmitTables,
        };
        return Read(vmName, save) with { TakesMachine = true };
    }

    /// <summary>The order; refuses the request where it makes no sense.</summary>
    public static SaveOrder Read(string vmName, V1.SaveRequest request)
    {
        var problems = new RequestProblems(vmName);
        var drains = request.InFlight == V1.InFlightPolicy.Drain;
        if (!Enum.IsDefined(request.InFlight))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, "in_flight", $"{(int)request.InFlight} is no policy")
            {
                Accepted = "CARRY, DRAIN or REFUSE",
            });
        }
        else if (request.DrainDeadlineMs > (drains ? DrainDeadlineMsMax : 0))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, "drain_deadline_ms", $"{request.DrainDeadlineMs} is out of range")
            {
                Accepted = drains ? DrainDeadlinesAccepted : "0 unless in_flight is DRAIN",
            });
        }

        problems.ThrowIfAny();
        var milliseconds = request.DrainDeadlineMs == 0 ? DrainDeadlineMsByDefault : request.DrainDeadlineMs;
        return new SaveOrder(
            vmName,
            RefusesInFlight: request.InFlight == V1.InFlightPolicy.Refuse,
            DrainTime: drains ? TimeSpan.FromMilliseconds(milliseconds) : null,
            request.StayPaused,
            WritesTables: !request.OmitTables);
    }
}
