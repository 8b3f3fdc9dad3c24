using ItsService.Differential.Comparison;
using ItsService.Differential.Generation;
using ItsService.Differential.Steps;
using ItsService.Qtest;

namespace ItsService.Differential.KnownDifferences;

/// <summary>
/// Where QEMU and the service are known to differ: the whole list. Whatever is not here must be equal. A row that is
/// never needed, or needed too often, fails the run.
/// </summary>
internal static class KnownDifferenceTable
{
    private const ulong Bits15To12 = 0xF000;
    private const ulong Bits13To12 = 0x3000;
    private const ulong Bit62 = 1UL << 62;
    private const ulong Quiescent = 1UL << 31;
    private const ulong CbaserReserved = Bit62 | (7UL << 56) | (1UL << 52) | (3UL << 8);
    private const ulong CwriterReserved = ~0xF_FFE1UL;
    private const ulong PropbaserReserved = (0x1FUL << 59) | (0xFUL << 52) | (3UL << 5);
    private const ulong PendbaserReserved = (1UL << 63) | (7UL << 59) | (0xFUL << 52) | Bits15To12 | 0x7F;
    private const ulong IrouterReserved = ~0xFF_00FF_FFFFUL;
    private const int EventIdBitsMax = 16;
    private const string MappingsAreOurs =
        "The service keeps what is mapped on its own heap, where no guest can write, and does not read the entry.";
    private const string Unpredictable = "The architecture calls the result UNPREDICTABLE.";
    private const string Res0 = "The bits are RES0.";

    /// <summary>The rows.</summary>
    public static IReadOnlyList<KnownDifference> Rows { get; } =
    [
        // ---- The ITS's registers ----
        new("GITS_CTLR", "Quiescent is read while commands run")
        {
            Qemu = "reads 1 always",
            Service = "reads 0 while the ITS is enabled and commands wait that can run",
            Reason = "UNKNOWN while enabled in GICv3; software that polls it must not be told that all is done.",
            Explains = (mismatch, context) => mismatch is AccessMismatch { Address: Places.GitsCtlr } read
                && context.Step is CommandsStep { ReadsControl: true } && read.Service == (read.Qemu ^ Quiescent),
            Remedy = Remedy.None,
        },
        new("GITS_CTLR", "written with Enabled=1 while the queue is stalled")
        {
            Qemu = "executes the stalled command again",
            Service = "stays stalled until GITS_CWRITER is written",
            Reason = "Only GITS_CWRITER, or a new GITS_CBASER, resumes a stalled queue.",
            IsNotFollowed = true,
            Explains = (mismatch, context) => mismatch is ReadPointerMismatch { ServiceIsStalled: true } stall
                && stall.Service == context.Before.Creadr && context.EnablesIts,
            Remedy = Remedy.ServiceRetries,
        },
        new("GITS_CBASER", "written with reserved bits")
        {
            Qemu = "keeps bits 62, 58:56, 52 and 9:8",
            Service = "reads them as 0",
            Reason = Res0,
            IsNotFollowed = true,
            Bits = CbaserReserved,
            Explains = (mismatch, context) => IsZeroIn(mismatch, Places.GitsCbaser, CbaserReserved)
                && context.Writes(Places.GitsCbaser, 8),
        },
        new("GITS_CBASER", "written with a base that is not at a multiple of 64 KiB")
        {
            Qemu = "keeps bits 15:12 and begins the queue there",
            Service = "stores 0 there",
            Reason = "CONSTRAINED UNPREDICTABLE; KVM does as the service does.",
            Bits = Bits15To12,
            Explains = (mismatch, context) => IsZeroIn(mismatch, Places.GitsCbaser, Bits15To12)
                && context.Writes(Places.GitsCbaser, 8),
        },
        new("GITS_CWRITER", "written with reserved bits")
        {
            Qemu = "keeps bits 63:20 and 4:1",
            Service = "reads them as 0",
            Reason = Res0,
            IsNotFollowed = true,
            Bits = CwriterReserved,
            Explains = (mismatch, context) => IsZeroIn(mismatch, Places.GitsCwriter, CwriterReserved)
                && context.Writes(Places.GitsCwriter, 8),
        },
        new("GITS_CREADR", "written by the guest")
        {
            Qemu = "takes the value",
            Service = "ignores it",
            Reason = "The register is read-only.",
            IsNotFollowed = true,
            Explains = (mismatch, context) => mismatch is ReadPointerMismatch pointer
                && pointer.Service == context.Before.Creadr && context.Writes(Places.GitsCreadr, 8),
            Remedy = Remedy.QemuReadPointerIsPutBack,
        },
        new("GITS_CREADR", "GITS_CWRITER is written while the queue is stalled")
        {
            Qemu = "keeps Stalled, even after all commands are done",
            Service = "clears it as it goes on",
            Reason = "Stalled says that the ITS is waiting at the command; after a resume it is not.",
            IsNotFollowed = true,
            Explains = (mismatch, context) => mismatch is ReadPointerMismatch
                { HasSameOffset: true, ServiceIsStalled: false }
                && context.Before.IsStalled && context.MayRunCommands,
            Remedy = Remedy.QemuReadPointerIsPutBack,
        },
        new("GITS_BASER0", "changed while devices are mapped, and the new table is not zeroed")
        {
            Qemu = "finds in guest RAM what looks like devices",
            Service = "forgets the devices of the old table",
            Reason = "Software must zero the table first. " + MappingsAreOurs,
            Explains = (mismatch, context) => mismatch is DeviceMismatch { Service: null }
                && context.MayChange(Places.GitsBaser0, context.Before.DeviceBaser),
        },
        new("GITS_BASER1", "changed while collections are mapped, and the new table is not zeroed")
        {
            Qemu = "finds in guest RAM what looks like collections",
            Service = "forgets the collections of the old table",
            Reason = "Software must zero the table first. " + MappingsAreOurs,
            Explains = (mismatch, context) => mismatch is CollectionMismatch { Service: null }
                && context.MayChange(Places.GitsBaser1, context.Before.CollectionBaser),
        },
        .. new[] { ("GITS_BASER0", Places.GitsBaser0), ("GITS_BASER1", Places.GitsBaser1) }.Select(table =>
            new KnownDifference(table.Item1, "written with 16 KiB pages, and bits 13:12 are not zero")
            {
                Qemu = "keeps the bits and looks for the table there",
                Service = "reads them as 0",
                Reason = Res0,
                IsNotFollowed = true,
                Bits = Bits13To12,
                Explains = (mismatch, context) => IsZeroIn(mismatch, table.Item2, Bits13To12)
                    && context.Writes(table.Item2, 8) && PageSizeOf(mismatch) == 1,
            }),
        new("level-1 entry", "changed while something under it is mapped")
        {
            Qemu = "no longer finds what is mapped there",
            Service = "keeps it mapped",
            Reason = "The table is the ITS's while it is valid. " + MappingsAreOurs,
            Explains = (mismatch, context) => context.Step is MemoryStep
                && mismatch is DeviceMismatch { Service: not null } or CollectionMismatch { Service: not null },
            Remedy = Remedy.BothGetTheOldEntryBack,
        },
        new("GITS_TRANSLATER", "written with 8 bytes")
        {
            Qemu = "takes the low 4 bytes as the EventID",
            Service = "ignores it",
            Reason = "The register takes 2 or 4 bytes.",
            IsNotFollowed = true,
            Explains = (mismatch, context) => mismatch is PendingMismatch { OnlyService: [], OnlyQemu: [_] }
                && context.Write is { Address: Places.GitsTranslater, SizeBytes: 8 },
            Remedy = Remedy.ServiceGetsTheLowWord,
        },

        // ---- Accesses that no register has ----
        new("any register", "an 8-byte read at an odd multiple of 4")
        {
            Qemu = "makes two 4-byte reads of it",
            Service = "reads 0",
            Reason = "The architecture knows no such access.",
            Explains = (mismatch, context) => mismatch is AccessMismatch { Service: 0 }
                && context.Step is ReadStep { IsMisalignedDoubleword: true },
            Remedy = Remedy.None,
        },
        new("any register", "an 8-byte write at an odd multiple of 4")
        {
            Qemu = "makes two 4-byte writes of it",
            Service = "ignores it",
            Reason = "The architecture knows no such access.",
            Explains = (_, context) => context is { Write.IsMisalignedDoubleword: true, ServiceGotTwoWords: false },
            Remedy = Remedy.ServiceGetsTwoWords,
        },

        // ---- The distributor ----
        new("GICD_IROUTER", "written with reserved bits, or with the routing mode")
        {
            Qemu = "keeps bits 63:40 and 31:24",
            Service = "reads them as 0",
            Reason = Res0 + " So is the routing mode where GICD_TYPER.No1N is 1, as here.",
            IsNotFollowed = true,
            Bits = IrouterReserved,
            Explains = (mismatch, _) => mismatch is RegisterMismatch register
                ? IsIrouter(register.Register.Address) && IsZeroIn(mismatch, register.Register.Address, IrouterReserved)
                : mismatch is AccessMismatch read && IsIrouter(read.Address)
                    && ((read.Service ^ read.Qemu) & ~ReservedAt(read.Address)) == 0
                    && (read.Service & ReservedAt(read.Address)) == 0,
            Remedy = Remedy.None,
        },

        // ---- Redistributors ----
        new("GICR_PROPBASER", "written with reserved bits")
        {
            Qemu = "keeps bits 63:59, 55:52 and 6:5",
            Service = "reads them as 0",
            Reason = Res0,
            IsNotFollowed = true,
            Bits = PropbaserReserved,
            Explains = (mismatch, context) => CpuOf(mismatch, Places.GicrPropbaser) is { } cpu
                && IsZeroIn(mismatch, Places.GicrPropbaser(cpu), PropbaserReserved)
                && context.Writes(Places.GicrPropbaser(cpu), 8),
        },
        new("GICR_PENDBASER", "written with reserved bits")
        {
            Qemu = "keeps bits 63, 61:59, 55:52, 15:12 and 6:0",
            Service = "reads them as 0",
            Reason = Res0,
            IsNotFollowed = true,
            Bits = PendbaserReserved,
            Explains = (mismatch, context) => CpuOf(mismatch, Places.GicrPendbaser) is { } cpu
                && IsZeroIn(mismatch, Places.GicrPendbaser(cpu), PendbaserReserved)
                && context.Writes(Places.GicrPendbaser(cpu), 8),
        },
        new("GICR_PENDBASER", "PTZ is read after it was written")
        {
            Qemu = "reads it as written",
            Service = "reads it as 0",
            Reason = "The bit is write-only.",
            IsNotFollowed = true,
            Bits = Bit62,
            Explains = (mismatch, context) => CpuOf(mismatch, Places.GicrPendbaser) is { } cpu
                && IsZeroIn(mismatch, Places.GicrPendbaser(cpu), Bit62)
                && context.Writes(Places.GicrPendbaser(cpu), 8),
        },
        new("GICR_PROPBASER", "written while LPIs are enabled")
        {
            Qemu = "takes the value",
            Service = "ignores it",
            Reason = Unpredictable + " KVM does as the service does.",
            Explains = (mismatch, context) => CpuOf(mismatch, Places.GicrPropbaser) is { } cpu
                && context.Writes(Places.GicrPropbaser(cpu), 8) && context.Before.LpisEnabled(cpu)
                && IsAsBefore(mismatch, context.Before.Propbaser(cpu)),
        },
        new("GICR_PENDBASER", "written while LPIs are enabled")
        {
            Qemu = "takes the value",
            Service = "ignores it",
            Reason = Unpredictable + " KVM does as the service does.",
            Explains = (mismatch, context) => CpuOf(mismatch, Places.GicrPendbaser) is { } cpu
                && context.Writes(Places.GicrPendbaser(cpu), 8) && context.Before.LpisEnabled(cpu)
                && IsAsBefore(mismatch, context.Before.Pendbaser(cpu)),
        },
        new("GICR_CTLR", "LPIs are enabled with PTZ over a pending table that is not zero")
        {
            Qemu = "honours the bits in the table",
            Service = "takes the table for zero, unread",
            Reason = Unpredictable + " PTZ says that the table need not be read.",
            Explains = (mismatch, context) => mismatch is PendingMismatch { OnlyService: [] } change
                && context.PendingTableZero.Contains(change.Cpu) && context.Writes(Places.GicrCtlr(change.Cpu), 4),
        },
        new("GICR_PENDBASER", "the pending table is outside RAM")
        {
            Qemu = "loses what becomes pending: it has no other place for it",
            Service = "keeps it until LPIs are disabled",
            Reason = "Software must give RAM. The service does not need the table while LPIs are enabled.",
            Explains = (mismatch, context) => mismatch is PendingMismatch { OnlyQemu: [] } change
                && !GuestLayout.IsInRam(context.Before.PendingTable(change.Cpu), 1),
            Remedy = Remedy.ServiceForgetsPending,
        },

        // ---- Commands ----
        new("MAPC", "V=1, and RDbase bits 51:32 are not zero")
        {
            Qemu = "looks at bits 31:16 alone, though its MOVALL looks at all",
            Service = "compares the whole field: it names no vCPU, which is an error",
            Reason = "With GITS_TYPER.PTA=0 these bits are to be zero; an address taken for a number must not map.",
            Explains = (mismatch, context) => mismatch is CollectionMismatch change
                && context.Command is { Opcode: Opcode.Mapc, IsValid: true } command
                && command.RdBase >> 16 != 0 && command.Icid == change.Icid
                && change.Qemu == (int)(command.RdBase & 0xFFFF),
        },
        new("MAPD", "V=0, and Size is too large")
        {
            Qemu = "ignores the command",
            Service = "unmaps the device",
            Reason = "Size has no meaning with V=0; KVM does as the service does.",
            Explains = (mismatch, context) => mismatch is DeviceMismatch { Service: null } change
                && context.Command is { Opcode: Opcode.Mapd, IsValid: false, Size: >= EventIdBitsMax } command
                && command.DeviceId == change.Device,
        },
        new("MAPD", "V=1, and the ITT still holds entries")
        {
            Qemu = "finds the old events in guest RAM",
            Service = "begins with no event",
            Reason = "Software must zero the ITT first. " + MappingsAreOurs,
            Explains = (mismatch, context) => mismatch is EventMismatch { Service: null } change
                && context.Command is { Opcode: Opcode.Mapd, IsValid: true } command
                && command.DeviceId == change.Device,
        },
        new("MOVI", "the LPI is out of range at a redistributor, by GICR_PROPBASER.IDbits")
        {
            Qemu = "moves its bit from one pending table to the other nevertheless",
            Service = "moves nothing: where an LPI is out of range it is not pending and cannot become so",
            Reason = "Software must program all redistributors alike, and before LPIs come.",
            Explains = (mismatch, context) => mismatch is PendingMismatch change
                && context.MayRun(Opcode.Movi)
                && change.OnlyService.Concat(change.OnlyQemu).All(lpi => context.Before.Cpus.Any(cpu =>
                    context.Before.LpisEnabled(cpu) && lpi >= context.Before.LpiEnd(cpu))),
        },
        .. new[]
        {
            ("INT", Opcode.Int), ("CLEAR", Opcode.Clear), ("DISCARD", Opcode.Discard), ("INV", Opcode.Inv),
            ("MOVI", Opcode.Movi), ("MAPC V=0", Opcode.Mapc),
        }.Select(command => new KnownDifference(command.Item1, "an entry that it looks up is outside RAM")
        {
            Qemu = "stalls, as it cannot read the entry",
            Service = "passes over the command, as nothing is mapped there",
            Reason = MappingsAreOurs,
            Explains = (mismatch, _) => mismatch is ReadPointerMismatch
                { HasSameOffset: false, MeetsEntryOutsideRam: true } stall
                && stall.QemuStalledAt is { } at && at.Opcode == command.Item2
                && (at.Opcode != Opcode.Mapc || !at.IsValid),
            Remedy = Remedy.QemuPassesOver,
        }),
        new("any command", "its slot is outside RAM")
        {
            Qemu = "reads zeros and passes over them",
            Service = "stalls",
            Reason = "What cannot be read is no command of the guest's; QEMU's source means to stall as well.",
            IsNotFollowed = true,
            Explains = (mismatch, _) => mismatch is ReadPointerMismatch { ServiceSlotIsOutsideRam: true },
            Remedy = Remedy.BothBeginTheQueueAnew,
        },

        // ---- CPU interfaces ----
        new("ICC_EOIR1_EL1", "written with an INTID that is not implemented")
        {
            Qemu = "ignores it",
            Service = "drops the running priority",
            Reason = "UNPREDICTABLE: software must write what it has acknowledged. KVM does as the service does.",
            Explains = (mismatch, context) => mismatch is CpuMismatch { Operation: CpuOperation.ReadAp1R0 }
                && context.Step is CpuStep { IsWhole: true },
            Remedy = Remedy.None,
        },
        new("ICC_HPPIR1_EL1", "a configuration byte was changed and not invalidated yet")
        {
            Qemu = "goes by the byte that it reads when an LPI becomes pending or is taken",
            Service = "goes by the byte as it was when the LPI was mapped or invalidated",
            Reason = "The architecture lets the change be seen at any time before INV or INVALL.",
            Explains = (mismatch, context) => mismatch is CpuMismatch { Operation: CpuOperation.ReadHppir1 } read
                && (context.StaleLpis.Contains((uint)read.Service) || context.StaleLpis.Contains((uint)read.Qemu)),
            Remedy = Remedy.None,
        },
    ];

    /// <summary>Whether it is this register, and the service has none of these bits.</summary>
    private static bool IsZeroIn(Mismatch mismatch, ulong address, ulong bits) =>
        mismatch is RegisterMismatch register && register.Register.Address == address
        && (register.Service & bits) == 0;

    private static bool IsIrouter(ulong address) =>
        address is >= VirtMachine.GicdBase + 0x6100 and < VirtMachine.GicdBase + 0x7FE0;

    /// <summary>The reserved bits of GICD_IROUTERn as a read from there has them: of either half, or of both.</summary>
    private static ulong ReservedAt(ulong address) => IrouterReserved >> (int)(8 * (address % 8));

    private static bool IsAsBefore(Mismatch mismatch, ulong before) =>
        mismatch is RegisterMismatch register && register.Service == before;

    /// <summary>Page_Size in a GITS_BASERn that differs.</summary>
    private static int? PageSizeOf(Mismatch mismatch) =>
        mismatch is RegisterMismatch register ? (int)(register.Service >> 8) & 3 : null;

    /// <summary>The CPU whose register it is.</summary>
    private static int? CpuOf(Mismatch mismatch, Func<int, ulong> addressOf) =>
        mismatch is RegisterMismatch { Register.Address: >= VirtMachine.GicrBase and var address }
        && (int)((address - VirtMachine.GicrBase) / VirtMachine.GicrStride) is var cpu && addressOf(cpu) == address
            ? cpu
            : null;
}
