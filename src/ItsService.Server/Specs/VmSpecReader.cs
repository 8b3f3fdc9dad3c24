using Google.Protobuf.Collections;
using ItsService.Core;
using ItsService.Server.Errors;
using ItsService.Server.Memory;

namespace ItsService.Server.Specs;

/// <summary>From a VmSpec to a plan. Everything that is wrong with the spec is found in one go.</summary>
internal static class VmSpecReader
{
    /// <summary>The field of memory regions.</summary>
    public const string MemoryField = $"{Field}.memory_regions";

    private const string Field = "spec";

    /// <summary>The plan; null when <paramref name="problems"/> says why there is none.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="limits">What clients may ask for.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="isOfVm">
    /// It is that of a VM which was there: some of its redistributors may have had a place, and others none yet.
    /// </param>
    public static VmPlan? Read(
        V1.VmSpec? spec, ItsServerLimits limits, RequestProblems problems, bool isOfVm = false)
    {
        if (spec is null)
        {
            problems.Add(new Problem(V1.ErrorReason.Required, Field, "the spec is missing"));
            return null;
        }

        var countBefore = problems.Count;
        var profile = ProfileReader.Read(spec, Field, problems);
        var affinities = VcpuReader.Read(spec.Vcpus, profile, $"{Field}.vcpus", limits, problems);
        var ranges = new AddressRanges();
        var layout = FrameReader.Read(spec, Field, isOfVm, limits, ranges, problems);
        var regions = ReadMemory(spec.MemoryRegions, limits, ranges, problems);
        LeaseReader.Check(spec.Lease, $"{Field}.lease", problems);
        ranges.ReportOverlaps(problems);
        if (problems.Count > countBefore)
        {
            return null;
        }

        var configuration = new VirtualGicConfiguration
        {
            Profile = profile,
            Affinities = affinities,
            ItsCount = Math.Max(1, spec.Its.Count),
            Layout = layout,
            InlineCommandsMax = limits.InlineCommandsMax,
            EventsMax = limits.GuestMistakesKeptMax,
        };
        return new VmPlan(CompletedSpec.Of(spec, configuration), configuration, regions)
        {
            NamesIntIdLines = spec.HasIntIdLines || spec.Custom is { HasIntIdLines: true },
        };
    }

    private static VmRegion[] ReadMemory(
        RepeatedField<V1.MemoryRegion> regions,
        ItsServerLimits limits,
        AddressRanges ranges,
        RequestProblems problems) =>
        MemoryRegionReader.CheckCount(regions.Count, MemoryField, limits, problems)
            ? MemoryRegionReader.Read(regions, MemoryField, ranges, problems)
            : [];
}
