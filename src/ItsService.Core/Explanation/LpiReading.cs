using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Redistributors;

namespace ItsService.Core.Explanation;

/// <summary>Reads the steps of an LPI behind the ITS into an explanation.</summary>
internal static class LpiReading
{
    /// <summary>The LPI is one that an event maps, or that is pending somewhere.</summary>
    public static InterruptExplanation Read(InterruptExplanation explanation, GicParts parts, IntId lpi)
    {
        var record = parts.Configurations.Record(lpi);
        var target = explanation.Collection?.Target is { } vcpu ? parts.Redistributors[vcpu.Value] : null;
        explanation = explanation with { IntId = lpi, History = record.History };

        // Software that moved the collection may have left it pending where it was.
        if ((FindPending(parts, record, target, lpi) ?? target) is not { } redistributor)
        {
            return explanation;
        }

        var (configuration, missing) = ReadConfiguration(parts, redistributor, lpi);
        return explanation with
        {
            Redistributor = ReadRedistributor(parts, redistributor, lpi),
            Configuration = configuration,
            Missing = explanation.Missing ?? missing,
            CpuInterface = CpuInterfaceReading.Read(
                parts, redistributor.Index, lpi, configuration.InForce.Priority, isGroup1: true),
        };
    }

    private static Redistributor? FindPending(GicParts parts, LpiRecord record, Redistributor? target, IntId lpi) =>
        !record.IsPending ? null
        : target?.Lpis.Contains(lpi) == true ? target
        : Array.Find(parts.Redistributors, redistributor => redistributor.Lpis.Contains(lpi));

    private static RedistributorStep ReadRedistributor(GicParts parts, Redistributor redistributor, IntId lpi) => new()
    {
        Vcpu = redistributor.Index,
        Summary = GicInspection.SummaryOf(redistributor),
        IsInRange = redistributor.IsLpiInRange(lpi),
        IsPending = redistributor.Lpis.Contains(lpi),
        HasRoom = parts.Configurations.RoomForPending > 0,
    };

    private static (ConfigurationStep Step, GuestRange? Missing) ReadConfiguration(
        GicParts parts, Redistributor redistributor, IntId lpi)
    {
        var reader = redistributor.IsLpiInRange(lpi) ? redistributor : parts.ConfigurationReaders.FirstFor(lpi);
        var inMemory = default(LpiConfiguration);
        var outcome = reader is null ? MemoryOutcome.Fault : parts.Configurations.Read(reader, lpi, out inMemory);
        var step = new ConfigurationStep
        {
            InForce = GicInspection.SummaryOf(parts, lpi),
            HasPlace = reader is not null,
            Address = reader?.ConfigurationTable.AddressOf(lpi) ?? default,
            MemoryStatus = outcome.Status,
            IsEnabledInMemory = outcome.IsOk && inMemory.IsEnabled,
            PriorityInMemory = outcome.IsOk ? inMemory.Priority : (byte)0,
        };
        return (step, outcome.IsNotResident ? outcome.Missing : null);
    }
}
