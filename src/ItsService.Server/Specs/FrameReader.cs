using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Server.Errors;

namespace ItsService.Server.Specs;

/// <summary>The places of the frames of a spec. KVM refuses a wrong one with EINVAL.</summary>
internal static class FrameReader
{
    // What the 12 bits of KVM's region descriptor hold. It also keeps the number of the last redistributor an int.
    private const int RegionCountMax = 4095;

    // The most physical address bits that there are, and all that an address in a command or a table has.
    private const int AddressBits = 52;

    /// <summary>The layout; any one when problems were found.</summary>
    public static FrameLayout Read(
        V1.VmSpec spec,
        string field,
        bool isOfVm,
        ItsServerLimits limits,
        AddressRanges ranges,
        RequestProblems problems)
    {
        GuestAddress? distributor = null;
        if (spec.HasDistributorBase)
        {
            distributor = Place(
                spec.DistributorBase, GicdMap.FrameSizeBytes, $"{field}.distributor_base", "the distributor", ranges,
                problems);
        }

        return new FrameLayout
        {
            Distributor = distributor,
            RedistributorRegions = ReadRedistributors(
                spec, $"{field}.redistributor_regions", isOfVm, ranges, problems),
            ItsBases = ReadServices(spec, $"{field}.its", limits, ranges, problems),
        };
    }

    private static RedistributorRegion[] ReadRedistributors(
        V1.VmSpec spec, string field, bool isOfVm, AddressRanges ranges, RequestProblems problems)
    {
        if (spec.RedistributorRegions.Count > VirtualGicConfiguration.VcpuCountMax)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, field, $"{spec.RedistributorRegions.Count} regions")
            {
                Accepted = $"at most {VirtualGicConfiguration.VcpuCountMax}",
            });
            return [];
        }

        var total = 0UL;
        var regions = new List<RedistributorRegion>();
        for (var index = 0; index < spec.RedistributorRegions.Count; index++)
        {
            var region = spec.RedistributorRegions[index];
            total += region.Count;
            if (region.Count is 0 or > RegionCountMax)
            {
                problems.Add(new Problem(
                    V1.ErrorReason.OutOfRange, $"{field}[{index}].count", $"{region.Count} redistributors")
                {
                    Accepted = $"1..{RegionCountMax}",
                    Errno = Errno.InvalidValue,
                });
                continue;
            }

            var start = Place(
                region.Base, (ulong)region.Count * GicrMap.FrameSizeBytes, $"{field}[{index}].base",
                $"redistributor region {index}", ranges, problems);
            regions.Add(new RedistributorRegion(start, (int)region.Count));
        }

        if (!isOfVm && spec.RedistributorRegions.Count > 0 && total < (ulong)spec.Vcpus.Count)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, field, $"{total} redistributors for {spec.Vcpus.Count} vCPUs")
            {
                Accepted = $"counts that add up to {spec.Vcpus.Count} or more",
            });
        }

        return [.. regions];
    }

    private static GuestAddress?[] ReadServices(
        V1.VmSpec spec, string field, ItsServerLimits limits, AddressRanges ranges, RequestProblems problems)
    {
        if (spec.Its.Count > limits.ItsPerVmMax)
        {
            var isBeyondAnyServer = spec.Its.Count > VirtualGicConfiguration.ItsCountMax;
            problems.Add(new Problem(
                isBeyondAnyServer ? V1.ErrorReason.OutOfRange : V1.ErrorReason.LimitExceeded,
                field,
                $"{spec.Its.Count} ITSs")
            {
                Accepted = $"at most {limits.ItsPerVmMax}",
            });
            return [];
        }

        var bases = new GuestAddress?[spec.Its.Count];
        for (var number = 0; number < bases.Length; number++)
        {
            if (spec.Its[number].HasBase)
            {
                bases[number] = Place(
                    spec.Its[number].Base, GitsMap.FrameSizeBytes, $"{field}[{number}].base", $"ITS {number}", ranges,
                    problems);
            }
        }

        return bases;
    }

    /// <summary>Takes a frame into the ranges, or notes what is wrong with its address.</summary>
    public static GuestAddress Place(
        ulong address, ulong sizeBytes, string field, string what, AddressRanges ranges, RequestProblems problems)
    {
        var start = new GuestAddress(address);
        var range = new GuestRange(start, sizeBytes);
        if (!start.IsAligned(FrameLayout.AlignmentBytes))
        {
            problems.Add(new Problem(V1.ErrorReason.Misaligned, field, $"0x{address:X} is misaligned")
            {
                Accepted = "a multiple of 0x10000",
                Errno = Errno.InvalidValue,
            });
        }
        else if (range.Wraps)
        {
            problems.Add(AddressRanges.Wrapping(field, range) with { Errno = Errno.InvalidValue });
        }
        else if (address > (1UL << AddressBits) - sizeBytes)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, field, $"{sizeBytes} bytes at 0x{address:X} run past 2^{AddressBits}")
            {
                Accepted = $"addresses of {AddressBits} bits",
                Errno = Errno.AddressTooBig,
            });
        }
        else
        {
            ranges.Add(new AddressRanges.Entry(range, field, what, IsFrame: true));
        }

        return start;
    }
}
