using ItsService.Core.Profiles;
using ItsService.Server.Errors;

namespace ItsService.Server.Specs;

/// <summary>The profile that a spec asks for.</summary>
internal static class ProfileReader
{
    private const int PageSizeCountMax = 3;
    private const uint HardwareCollectionsMax = 255;

    private const ulong BaserPageSizeMask = 3UL << BaserPageSizeShift;
    private const int BaserPageSizeShift = 8;

    /// <summary>The profile; any one when problems were found.</summary>
    public static GicProfile Read(V1.VmSpec spec, string field, RequestProblems problems)
    {
        var profile = ReadNamed(spec, field, problems);
        return profile with
        {
            CommandErrorPolicy = ReadPolicyOfAny(spec, profile.CommandErrorPolicy, field, problems),
            IntIdLines = ReadIntIdLinesOfAny(spec, profile.IntIdLines, field, problems),
        };
    }

    private static CommandErrorPolicy ReadPolicyOfAny(
        V1.VmSpec spec, CommandErrorPolicy absent, string field, RequestProblems problems)
    {
        if (!spec.HasCommandErrorPolicy)
        {
            return absent;
        }

        var policyField = $"{field}.command_error_policy";
        if (spec.Custom is { HasCommandErrorPolicy: true } custom
            && custom.CommandErrorPolicy != spec.CommandErrorPolicy)
        {
            problems.Add(SaysSomethingElse(policyField, "command_error_policy"));
        }

        return ReadPolicy(spec.CommandErrorPolicy, policyField, problems);
    }

    private static int ReadIntIdLinesOfAny(V1.VmSpec spec, int absent, string field, RequestProblems problems)
    {
        var linesField = $"{field}.int_id_lines";
        if (spec.HasIntIdLines && spec.Custom is { HasIntIdLines: true } custom && custom.IntIdLines != spec.IntIdLines)
        {
            problems.Add(SaysSomethingElse(linesField, "int_id_lines"));
        }

        return ReadIntIdLines(spec.HasIntIdLines, spec.IntIdLines, absent, linesField, problems);
    }

    private static Problem SaysSomethingElse(string field, string name) =>
        new(V1.ErrorReason.OutOfRange, field, $"custom.{name} says something else")
        {
            Accepted = "one of the two, or the same in both",
        };

    private static GicProfile ReadNamed(V1.VmSpec spec, string field, RequestProblems problems)
    {
        if (spec.Custom is not null && spec.Profile != V1.Profile.Custom)
        {
            problems.Add(new Problem(
                V1.ErrorReason.Unsupported, $"{field}.custom", "only profile CUSTOM takes overrides"));
        }

        switch (spec.Profile)
        {
            case V1.Profile.Unspecified or V1.Profile.Kvm:
                return GicProfiles.Kvm;
            case V1.Profile.Qemu:
                return GicProfiles.Qemu;
            case V1.Profile.Custom:
                return ReadCustom(spec.Custom ?? new V1.ProfileOverrides(), $"{field}.custom", problems);
            default:
                problems.Add(new Problem(
                    V1.ErrorReason.OutOfRange, $"{field}.profile", $"{(int)spec.Profile} is no profile")
                {
                    Accepted = "KVM, QEMU or CUSTOM",
                });
                return GicProfiles.Kvm;
        }
    }

    /// <summary>The policy's name on the wire.</summary>
    public static V1.CommandErrorPolicy ToWire(CommandErrorPolicy policy) => policy switch
    {
        CommandErrorPolicy.Stall => V1.CommandErrorPolicy.Stall,
        CommandErrorPolicy.StallOnMemoryError => V1.CommandErrorPolicy.StallOnMemoryError,
        _ => V1.CommandErrorPolicy.Continue,
    };

    private static GicProfile ReadCustom(V1.ProfileOverrides custom, string field, RequestProblems problems)
    {
        var kvm = GicProfiles.Kvm;
        var pageSizes = ReadPageSizes(custom, $"{field}.page_sizes", problems);
        var collectionIdBits = ReadNumber(
            custom.HasCollectionIdBits, custom.CollectionIdBits, kvm.CollectionIdBits, 1, 16,
            $"{field}.collection_id_bits", problems);
        return kvm with
        {
            Name = "custom",
            EventIdBits = ReadNumber(
                custom.HasEventIdBits, custom.EventIdBits, kvm.EventIdBits, 1, 32, $"{field}.event_id_bits", problems),
            DeviceIdBits = ReadNumber(
                custom.HasDeviceIdBits, custom.DeviceIdBits, kvm.DeviceIdBits, 1, 32, $"{field}.device_id_bits",
                problems),
            CollectionIdBits = collectionIdBits,
            ReportsCollectionIdBits = custom.HasCollectionIdBits,
            IntIdBits = ReadNumber(
                custom.HasIntIdBits, custom.IntIdBits, kvm.IntIdBits, 14, 24, $"{field}.int_id_bits", problems),
            PhysicalTargetAddresses = custom.PhysicalTargetAddresses,
            HardwareCollections = ReadHardwareCollections(
                custom, collectionIdBits, kvm.HardwareCollections, $"{field}.hardware_collections", problems),
            TwoLevelCollectionTable = custom.TwoLevelCollectionTable,
            PageSizes = pageSizes,
            DeviceBaserReset = WithLargest(pageSizes, kvm.DeviceBaserReset),
            CollectionBaserReset = WithLargest(pageSizes, kvm.CollectionBaserReset),
            CommandErrorPolicy = custom.HasCommandErrorPolicy
                ? ReadPolicy(custom.CommandErrorPolicy, $"{field}.command_error_policy", problems)
                : kvm.CommandErrorPolicy,
            IntIdLines = ReadIntIdLines(
                custom.HasIntIdLines, custom.IntIdLines, kvm.IntIdLines, $"{field}.int_id_lines", problems),
            HasGroup0Enable = custom.Group0,
            HasOneOfN = custom.OneOfN,
            HasMessageBasedSpis = custom.MessageBasedSpis,
            HasRangeSelector = custom.RangeSelector,
            DirectLpis = custom.DirectLpis,
            HasStatusRegister = custom.StatusRegister,
            RecordsUnmappedMessages = ReadUnmappedMsiRecord(custom, $"{field}.unmapped_msi_record", problems),
            MapcMovesPending = custom.HasMapcMovesPending ? custom.MapcMovesPending : kvm.MapcMovesPending,
        };
    }

    private static int ReadHardwareCollections(
        V1.ProfileOverrides custom, int collectionIdBits, int absent, string field, RequestProblems problems)
    {
        var idCount = 1u << collectionIdBits;
        if (custom.HasHardwareCollections
            && custom.HardwareCollections <= HardwareCollectionsMax
            && custom.HardwareCollections > idCount)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange,
                field,
                $"{custom.HardwareCollections} collections, of which {collectionIdBits} collection ID bits tell apart "
                + $"{idCount}")
            {
                Accepted = $"0..{idCount}, or more collection_id_bits",
            });
            return absent;
        }

        return ReadNumber(
            custom.HasHardwareCollections, custom.HardwareCollections, absent, 0, HardwareCollectionsMax, field,
            problems);
    }

    private static bool ReadUnmappedMsiRecord(V1.ProfileOverrides custom, string field, RequestProblems problems)
    {
        if (custom.UnmappedMsiRecord && !custom.StatusRegister)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, field, "the record is kept in GITS_STATUSR")
            {
                Accepted = "true only with status_register",
            });
        }

        return custom.UnmappedMsiRecord;
    }

    private static int ReadNumber(
        bool isPresent, uint value, int absent, uint min, uint max, string field, RequestProblems problems)
    {
        if (!isPresent)
        {
            return absent;
        }

        if (value < min || value > max)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, field, $"{value} is out of range")
            {
                Accepted = $"{min}..{max}",
            });
            return absent;
        }

        return (int)value;
    }

    private static int ReadIntIdLines(bool isGiven, uint value, int absent, string field, RequestProblems problems)
    {
        if (isGiven && value % 32 != 0)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, field, $"{value} is no multiple of 32")
            {
                Accepted = "a multiple of 32, 32..1024",
            });
            return absent;
        }

        return ReadNumber(isGiven, value, absent, 32, 1024, field, problems);
    }

    private static TablePageSizes ReadPageSizes(V1.ProfileOverrides custom, string field, RequestProblems problems)
    {
        if (custom.PageSizes.Count > PageSizeCountMax)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, field, $"{custom.PageSizes.Count} page sizes")
            {
                Accepted = $"at most {PageSizeCountMax}, each once",
            });
            return GicProfiles.Kvm.PageSizes;
        }

        var pageSizes = TablePageSizes.None;
        for (var index = 0; index < custom.PageSizes.Count; index++)
        {
            var pageSize = custom.PageSizes[index] switch
            {
                V1.PageSize._4Kib => TablePageSizes.FourKiB,
                V1.PageSize._16Kib => TablePageSizes.SixteenKiB,
                V1.PageSize._64Kib => TablePageSizes.SixtyFourKiB,
                _ => TablePageSizes.None,
            };
            if (pageSize == TablePageSizes.None)
            {
                problems.Add(new Problem(
                    V1.ErrorReason.OutOfRange, $"{field}[{index}]", $"{(int)custom.PageSizes[index]} is no page size")
                {
                    Accepted = "4_KIB, 16_KIB or 64_KIB",
                });
            }

            pageSizes |= pageSize;
        }

        return pageSizes == TablePageSizes.None ? GicProfiles.Kvm.PageSizes : pageSizes;
    }

    private static CommandErrorPolicy ReadPolicy(
        V1.CommandErrorPolicy policy, string field, RequestProblems problems)
    {
        switch (policy)
        {
            case V1.CommandErrorPolicy.Continue:
                return CommandErrorPolicy.Continue;
            case V1.CommandErrorPolicy.Stall:
                return CommandErrorPolicy.Stall;
            case V1.CommandErrorPolicy.StallOnMemoryError:
                return CommandErrorPolicy.StallOnMemoryError;
            default:
                problems.Add(new Problem(
                    V1.ErrorReason.OutOfRange, field, $"{(int)policy} is no policy")
                {
                    Accepted = "CONTINUE, STALL or STALL_ON_MEMORY_ERROR",
                });
                return CommandErrorPolicy.Continue;
        }
    }

    // A GITS_BASERn must not come out of reset with a page size that the profile does not have.
    private static ulong WithLargest(TablePageSizes pageSizes, ulong baserReset)
    {
        var encoding = pageSizes.HasFlag(TablePageSizes.SixtyFourKiB) ? 2UL
            : pageSizes.HasFlag(TablePageSizes.SixteenKiB) ? 1UL
            : 0UL;
        return (baserReset & ~BaserPageSizeMask) | (encoding << BaserPageSizeShift);
    }
}
