using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Specs;
using ItsService.Server.State;

namespace ItsService.Server.Checkpoints;

/// <summary>
/// Whether a VM can take a checkpoint: it is Paused and has the shape, the memory regions and the places of frames that
/// the checkpoint has, which the guest in that memory relies on. Every difference is told.
/// </summary>
internal static class CheckpointFit
{
    private const string NoPlace = "no place";

    /// <summary>Notes what is in the way. Inside the gate.</summary>
    public static void Check(
        string vmName, VmContent vm, VmPlan saved, V1.SavedShape? shape, RequestProblems problems)
    {
        if (vm.Gic.State != RunState.Paused)
        {
            problems.Add(RestoreOperation.NotPaused(vmName, vm));
        }

        if (InitAwaited.Problem(vm) is { } awaited)
        {
            problems.Add(awaited);
        }

        StateShape.Compare(shape, vm.Shape, problems);
        CheckPlaces(saved.Spec, vm.Spec, problems);
        CheckRegions(saved.Regions, vm.Memory.Regions, problems);
    }

    private static void CheckPlaces(V1.VmSpec saved, V1.VmSpec own, RequestProblems problems)
    {
        Compare("spec.distributor_base", DistributorOf(saved), DistributorOf(own), problems);
        CompareRedistributors(saved, own, problems);
        for (var its = 0; its < Math.Min(saved.Its.Count, own.Its.Count); its++)
        {
            Compare($"spec.its[{its}].base", PlaceOf(saved.Its[its]), PlaceOf(own.Its[its]), problems);
        }
    }

    private static void CheckRegions(
        IReadOnlyCollection<VmRegion> saved, IReadOnlyCollection<VmRegion> own, RequestProblems problems)
    {
        const string Field = "spec.memory_regions";
        foreach (var region in saved.ExceptBy(own.Select(KindOf), KindOf))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, Field, $"it was saved with {region}, which this VM does not have"));
        }

        foreach (var region in own.ExceptBy(saved.Select(KindOf), KindOf))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, Field, $"this VM has {region}, with which it was not saved"));
        }
    }

    private static void Compare(string field, string ofCheckpoint, string ofVm, RequestProblems problems)
    {
        if (ofCheckpoint != ofVm)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, field, $"it was saved with {ofCheckpoint}, and this VM has {ofVm}")
            {
                Accepted = ofVm,
            });
        }
    }

    private static string DistributorOf(V1.VmSpec spec) =>
        spec.HasDistributorBase ? $"0x{spec.DistributorBase:X}" : NoPlace;

    // There may be hundreds: the first that differs says enough.
    private static void CompareRedistributors(V1.VmSpec saved, V1.VmSpec own, RequestProblems problems)
    {
        var (savedCount, ownCount) = (saved.RedistributorRegions.Count, own.RedistributorRegions.Count);
        for (var region = 0; region < Math.Max(savedCount, ownCount); region++)
        {
            var problemCount = problems.Count;
            Compare(
                $"spec.redistributor_regions[{region}]", RegionOf(saved, region), RegionOf(own, region), problems);
            if (problems.Count > problemCount)
            {
                return;
            }
        }
    }

    private static string RegionOf(V1.VmSpec spec, int index) =>
        index < spec.RedistributorRegions.Count && spec.RedistributorRegions[index] is { } region
            ? $"{region.Count} at 0x{region.Base:X}"
            : NoPlace;

    private static string PlaceOf(V1.ItsUnit its) => its.HasBase ? $"0x{its.Base:X}" : NoPlace;

    // Which file a shared region has may differ: the bytes in it are its VMM's care.
    private static (MemoryRegion Place, V1.MemoryRegion.BackingOneofCase Kind) KindOf(VmRegion region) =>
        (region.Place, region.Spec.BackingCase);
}
