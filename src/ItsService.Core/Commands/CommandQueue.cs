using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.Commands;

/// <summary>
/// The command queue's three registers: where it lies, how far software has written, how far the ITS has read
/// (gits-registers section 8). It knows wrap and bounds, and no command.
/// </summary>
internal sealed class CommandQueue
{
    /// <summary>The largest queue: 256 pages of 4 KiB.</summary>
    public const uint SizeBytesMax = 256 * 4096;

    private const int StalledBit = 0;
    private const int RetryBit = 0;
    private static readonly ulong OffsetMask = Bits.Mask(19, 5);

    private uint _readOffset;
    private uint _writeOffset;

    /// <summary>GITS_CBASER.</summary>
    public GitsCbaser Base { get; private set; }

    /// <summary>GITS_CREADR.Stalled.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>GITS_CREADR as software reads it.</summary>
    public ulong Creadr => ((ulong)_readOffset).WithBit(StalledBit, IsStalled);

    /// <summary>GITS_CWRITER as software reads it: Retry reads zero.</summary>
    public ulong Cwriter => _writeOffset;

    public uint ReadOffset => _readOffset;

    public uint WriteOffset => _writeOffset;

    public uint SizeBytes => (uint)Base.SizeBytes;

    /// <summary>Whether the next command that software writes has a place.</summary>
    public bool IsWriteOffsetInside => _writeOffset < Base.SizeBytes;

    /// <summary>How many commands a full queue holds: one slot stays free.</summary>
    public int Capacity => (int)(SizeBytes / CommandPacket.SizeBytes) - 1;

    /// <summary>The slots from CREADR up to CWRITER; none while CWRITER is outside the queue.</summary>
    public int UsedSlots => IsWriteOffsetInside ? SlotsBefore(WriteOffset) : 0;

    public int FreeSlots => Capacity - UsedSlots;

    /// <summary>
    /// Whether there is a command to read: in a valid queue, not stalled, between CREADR and CWRITER.
    /// </summary>
    public bool HasCommand =>
        Base.Valid && !IsStalled && _readOffset != _writeOffset && _writeOffset < Base.SizeBytes;

    /// <summary>Where the next command lies.</summary>
    public GuestAddress NextCommand => Base.Address + _readOffset;

    /// <summary>How many slots are read before the one at <paramref name="offset"/>.</summary>
    public int SlotsBefore(uint offset) =>
        (int)((offset + SizeBytes - ReadOffset) % SizeBytes / CommandPacket.SizeBytes);

    /// <summary>The place <paramref name="slotCount"/> slots behind <paramref name="offset"/>.</summary>
    public uint OffsetBehind(uint offset, int slotCount) =>
        (uint)((offset + ((ulong)slotCount * CommandPacket.SizeBytes)) % SizeBytes);

    /// <summary>
    /// Below what a write offset stays: in a queue of that size, or anywhere where the profile keeps one outside, or
    /// where the queue may have been made smaller under it.
    /// </summary>
    public static ulong WriteOffsetLimit(ulong sizeBytes, GicProfile profile) =>
        profile.KeepsOutOfRangeCwriter || !profile.CbaserClearsCwriter ? SizeBytesMax : sizeBytes;

    /// <summary>Takes a new base, which begins a new queue: CREADR is 0 and not stalled.</summary>
    public void SetBase(GitsCbaser value, bool clearWriteOffset)
    {
        Base = value;
        _readOffset = 0;
        IsStalled = false;
        _writeOffset = clearWriteOffset ? 0 : _writeOffset;
    }

    /// <summary>
    /// Takes a new write offset, and begins again at the stalled command when Retry is set, or where the profile says
    /// so by any write that leaves something to read. An offset outside the queue is kept, and then nothing is read
    /// until one inside follows, or is dropped with the whole write.
    /// </summary>
    public void SetWriteOffset(ulong value, GicProfile profile)
    {
        var offset = (uint)(value & OffsetMask);
        if (offset >= Base.SizeBytes && !profile.KeepsOutOfRangeCwriter)
        {
            return;
        }

        _writeOffset = offset;
        var restarts = value.Bit(RetryBit) || (profile.AnyCwriterWriteRetries && offset != _readOffset);
        IsStalled &= !restarts;
    }

    /// <summary>The command at the read offset is consumed.</summary>
    public void Advance()
    {
        _readOffset += CommandPacket.SizeBytes;
        _readOffset = _readOffset >= Base.SizeBytes ? 0 : _readOffset;
    }

    /// <summary>The command at the read offset is in error and stays there.</summary>
    public void Stall() => IsStalled = true;

    public static CommandQueueState StateAtReset =>
        new(Cbaser: 0, ReadOffset: 0, WriteOffset: 0, IsStalled: false);

    public CommandQueueState Save() => new(Base.Raw, _readOffset, _writeOffset, IsStalled);

    public void Restore(CommandQueueState state)
    {
        (var cbaser, _readOffset, _writeOffset, IsStalled) = state;
        Base = new GitsCbaser(cbaser);
    }
}
