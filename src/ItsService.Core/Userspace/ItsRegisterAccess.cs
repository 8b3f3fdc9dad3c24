using ItsService.Core.Commands;
using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>
/// KVM's ITS_REGS (kvm-uapi section 5): an ITS's control frame from outside the guest, whole registers, 64 bits of
/// value each. Reads tell what a commit would make of what is staged.
/// </summary>
internal readonly struct ItsRegisterAccess(InterruptTranslationService service, ItsStage stage)
{
    private const int EndOffset = 0x1_0000;
    private const int IdentificationOffset = 0xFFD0;
    private const int FirstWideOffset = 0x8;
    private static readonly ulong OffsetMask = Bits.Mask(19, 5);

    /// <summary>Whether the register exists: None, or the error that an access would end with.</summary>
    public static UserspaceResult Find(long offset, out RegisterRow? row, out int index)
    {
        (row, index) = (null, 0);
        var alignment = offset is < FirstWideOffset or >= IdentificationOffset ? 4 : 8;
        if (offset % alignment != 0)
        {
            return UserspaceResult.Invalid($"offset 0x{offset:X} is not a multiple of {alignment}");
        }

        if (offset is >= 0 and < EndOffset
            && GitsMap.Map.TryFind((int)offset, out row, out index)
            && IsReachable(row))
        {
            return UserspaceResult.Done();
        }

        row = null;
        return UserspaceResult.NoSuchRegister($"the ITS has no register at offset 0x{offset:X}");
    }

    public ulong Read(RegisterRow row, int index) => row.Id switch
    {
        RegisterId.GitsCtlr => Control,
        RegisterId.GitsCbaser => stage.Cbaser ?? service.Queue.Base.Raw,
        RegisterId.GitsCreadr => Creadr,
        RegisterId.GitsCwriter => Cwriter,
        RegisterId.GitsBaser when stage.Baser(index) is { } baser => baser,
        _ => service.ControlFrame.ReadRegister(row, index),
    };

    /// <summary>Stages what is to be staged. Identification, and tables that there are not, ignore writes.</summary>
    public UserspaceResult Write(RegisterRow row, int index, ulong value)
    {
        var profile = service.Parts.Profile;
        switch (row.Id)
        {
            case RegisterId.GitsIidr when value.Field(15, 12) != 0:
                return UserspaceResult.Invalid(
                    $"ABI revision {value.Field(15, 12)} is not 0, the only one there is", "0 in bits [15:12]");
            case RegisterId.GitsCtlr:
                stage.IsEnabled = value.Bit(0);
                break;
            case RegisterId.GitsCbaser:
                // 0 is what it is after a reset, attributes and all, and stays so in a VM that is moved.
                var cbaser = new GitsCbaser(value & GitsCbaser.WritableMask);
                stage.Cbaser = cbaser.Raw == 0 ? 0 : cbaser.Sanitized(profile.AttributePolicy).Raw;
                break;
            case RegisterId.GitsCreadr:
                var canStall = profile.CommandErrorPolicy != Profiles.CommandErrorPolicy.Continue;
                stage.Creadr = value & (OffsetMask | (canStall ? 1UL : 0));
                break;
            case RegisterId.GitsCwriter:
                stage.Cwriter = value & OffsetMask;
                break;
            case RegisterId.GitsBaser:
                var baser = ItsControlFrame.AcceptedBaser(index, new GitsBaser(value), profile);
                stage.SetBaser(index, baser.Raw, service.ControlFrame.Baser(index).Raw);
                break;
            default:
                break;
        }

        return UserspaceResult.Done();
    }

    // A new queue begins at 0, unless its pointers were written as well, before or after.
    private ulong Creadr => stage.Creadr ?? (stage.HasNewQueue(service) ? 0 : service.Queue.Creadr);

    private ulong Cwriter => stage.Cwriter ?? (stage.HasNewQueue(service) ? 0 : service.Queue.Cwriter);

    /// <summary>
    /// How many commands lie between the two pointers of an ITS that is enabled; none where they are not in a queue.
    /// </summary>
    public int WaitingCommands
    {
        get
        {
            var queue = new GitsCbaser(stage.Cbaser ?? service.Queue.Base.Raw);
            var (size, read, write) = (queue.SizeBytes, Creadr & OffsetMask, Cwriter);
            return IsEnabled && queue.Valid && read < size && write < size
                ? (int)((write + size - read) % size / CommandPacket.SizeBytes)
                : 0;
        }
    }

    private bool IsEnabled => stage.IsEnabled ?? service.IsEnabled;

    private ulong Control
    {
        get
        {
            var isEnabled = IsEnabled;
            var queue = new GitsCbaser(stage.Cbaser ?? service.Queue.Base.Raw);
            var waits = isEnabled && queue.Valid && !Creadr.Bit(0) && Creadr != Cwriter && Cwriter < queue.SizeBytes;
            return 0UL.WithBit(0, isEnabled).WithBit(31, !waits);
        }
    }

    /// <summary>What KVM offers; GITS_TRANSLATER and what it does not build are not reachable.</summary>
    private static bool IsReachable(RegisterRow row) =>
        row.Id is RegisterId.GitsCtlr or RegisterId.GitsIidr or RegisterId.GitsTyper or RegisterId.GitsCbaser
            or RegisterId.GitsCwriter or RegisterId.GitsCreadr or RegisterId.GitsBaser or RegisterId.Identification;
}
