using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory.Shared;
using ItsService.Server.Specs;

namespace ItsService.Server.Memory;

/// <summary>Removes and adds memory regions, all or none.</summary>
/// <param name="request">What it is asked for.</param>
/// <param name="files">The files of shared regions that it adds.</param>
/// <param name="limits">How many regions there may be.</param>
internal readonly struct UpdateMemoryOperation(
    V1.UpdateMemoryRequest request, SharedFiles files, ItsServerLimits limits) : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        var problems = new RequestProblems(request.Name);
        CheckRemovedCount(problems);
        var kept = Keep(vm.Memory.Regions, problems);
        var added = Add(vm, kept, problems);
        problems.ThrowIfAny();

        // In two steps: a region that is removed and added again must come back as zeros.
        vm.Memory.ReplaceRegions(kept);
        vm.Memory.ReplaceRegions([.. kept, .. files.GiveTo(added)]);
        vm.Spec = CompletedSpec.WithRegions(vm.Spec, vm.Memory.Regions);
        return default;
    }

    // No VM has so many regions to remove; the search for them happens inside the gate.
    private void CheckRemovedCount(RequestProblems problems)
    {
        if (request.RemoveBases.Count > limits.MemoryRegionsPerVmMax)
        {
            problems.Add(new Problem(
                V1.ErrorReason.LimitExceeded, "remove_bases", $"{request.RemoveBases.Count} regions to remove")
            {
                Accepted = $"at most {limits.MemoryRegionsPerVmMax}",
            });
            problems.ThrowIfAny();
        }
    }

    private List<VmRegion> Keep(IReadOnlyList<VmRegion> regions, RequestProblems problems)
    {
        var kept = regions.ToList();
        for (var index = 0; index < request.RemoveBases.Count; index++)
        {
            var start = new GuestAddress(request.RemoveBases[index]);
            if (kept.RemoveAll(region => region.Place.Range.Start == start) == 0)
            {
                problems.Add(new Problem(
                    V1.ErrorReason.NoMemory, $"remove_bases[{index}]", $"no region begins at 0x{start.Value:X}")
                {
                    Accepted = MemoryCheck.Regions(
                        [.. kept.Select(region => region.Place)], region => $"{region.Range.Start.Value:X}"),
                });
            }
        }

        return kept;
    }

    private VmRegion[] Add(VmContent vm, List<VmRegion> kept, RequestProblems problems)
    {
        if (!MemoryRegionReader.CheckCount(kept.Count + request.AddRegions.Count, "add_regions", limits, problems))
        {
            return [];
        }

        var ranges = new AddressRanges();
        ranges.AddFrames(vm.Gic.Layout);
        foreach (var region in kept)
        {
            ranges.Add(new AddressRanges.Entry(region.Place.Range, "", "a memory region"));
        }

        var added = MemoryRegionReader.Read(request.AddRegions, "add_regions", ranges, problems);
        ranges.ReportOverlaps(problems);
        return added;
    }
}
