using ItsService.Core;
using ItsService.Core.Profiles;
using ItsService.Server.Memory;

namespace ItsService.Server.Specs;

/// <summary>A spec with every default filled in, as GetVm shows it.</summary>
internal static class CompletedSpec
{
    /// <summary>A completed copy of <paramref name="spec"/>.</summary>
    public static V1.VmSpec Of(V1.VmSpec spec, VirtualGicConfiguration configuration)
    {
        var completed = spec.Clone();
        if (completed.Profile == V1.Profile.Unspecified)
        {
            completed.Profile = V1.Profile.Kvm;
        }

        completed.CommandErrorPolicy = ProfileReader.ToWire(configuration.Profile.CommandErrorPolicy);
        if (completed.Profile == V1.Profile.Custom)
        {
            Complete(completed.Custom ??= new V1.ProfileOverrides(), configuration.Profile);
        }

        for (var index = 0; index < completed.Vcpus.Count; index++)
        {
            completed.Vcpus[index].Affinity = configuration.Affinities[index].Packed;
        }

        if (completed.Its.Count == 0)
        {
            completed.Its.Add(new V1.ItsUnit());
        }

        completed.Lease = LeaseReader.Complete(completed.Lease);
        return completed;
    }

    /// <summary>A copy of a completed spec with other memory regions.</summary>
    public static V1.VmSpec WithRegions(V1.VmSpec completed, IEnumerable<VmRegion> regions)
    {
        var changed = completed.Clone();
        changed.MemoryRegions.Clear();
        changed.MemoryRegions.AddRange(regions.Select(region => region.Spec));
        return changed;
    }

    /// <summary>A copy of a completed spec, of a VM that does not wait for INIT any more.</summary>
    public static V1.VmSpec Initialized(V1.VmSpec completed)
    {
        var changed = completed.Clone();
        changed.AwaitsInit = false;
        return changed;
    }

    /// <summary>A copy of a completed spec with another number of INTIDs, whatever its profile says.</summary>
    public static V1.VmSpec WithIntIdLines(V1.VmSpec completed, int count)
    {
        var changed = completed.Clone();
        changed.IntIdLines = (uint)count;
        if (changed.Custom is { } custom)
        {
            custom.IntIdLines = (uint)count;
        }

        return changed;
    }

    /// <summary>A copy of a completed spec with frames at the places that they have by now.</summary>
    public static V1.VmSpec WithPlaces(V1.VmSpec completed, FrameLayout layout)
    {
        var changed = completed.Clone();
        if (layout.Distributor is { } distributor)
        {
            changed.DistributorBase = distributor.Value;
        }

        changed.RedistributorRegions.Clear();
        changed.RedistributorRegions.AddRange(layout.RedistributorRegions.Select(region => new V1.RedistributorRegion
        {
            Base = region.Base.Value,
            Count = (uint)region.Count,
        }));
        for (var number = 0; number < layout.ItsBases.Count; number++)
        {
            if (layout.ItsBases[number] is { } its)
            {
                changed.Its[number].Base = its.Value;
            }
        }

        return changed;
    }

    /// <summary>What a completed spec says besides its lists.</summary>
    public static V1.VmSpec WithoutLists(V1.VmSpec completed)
    {
        var light = new V1.VmSpec
        {
            Profile = completed.Profile,
            Custom = completed.Custom,
            CommandErrorPolicy = completed.CommandErrorPolicy,
            AwaitsInit = completed.AwaitsInit,
            Lease = completed.Lease,
        };
        if (completed.HasDistributorBase)
        {
            light.DistributorBase = completed.DistributorBase;
        }

        if (completed.HasIntIdLines)
        {
            light.IntIdLines = completed.IntIdLines;
        }

        return light;
    }

    private static void Complete(V1.ProfileOverrides custom, GicProfile profile)
    {
        custom.EventIdBits = (uint)profile.EventIdBits;
        custom.DeviceIdBits = (uint)profile.DeviceIdBits;
        custom.IntIdBits = (uint)profile.IntIdBits;
        custom.PhysicalTargetAddresses = profile.PhysicalTargetAddresses;
        custom.HardwareCollections = (uint)profile.HardwareCollections;
        custom.TwoLevelCollectionTable = profile.TwoLevelCollectionTable;
        custom.IntIdLines = (uint)profile.IntIdLines;
        custom.DirectLpis = profile.DirectLpis;
        custom.StatusRegister = profile.HasStatusRegister;
        custom.UnmappedMsiRecord = profile.RecordsUnmappedMessages;
        custom.MapcMovesPending = profile.MapcMovesPending;
        custom.CommandErrorPolicy = ProfileReader.ToWire(profile.CommandErrorPolicy);
        if (custom.PageSizes.Count == 0)
        {
            custom.PageSizes.Add(V1.PageSize._64Kib);
        }

        // collection_id_bits stays absent where it was: a value, even the same, would set GITS_TYPER.CIL.
    }
}
