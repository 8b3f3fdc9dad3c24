using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Core.Commands;

/// <summary>
/// The command queue's three registers: where it lies, how far software has written, how far the ITS has read
/// (gits-registers section 8). It knows wrap and bounds, and no command.
/// </summary>
internal sealed class CommandQueue
{
    private const int StalledBit = 0;
    private const int RetryBit = 0;
    private static readonly ulong OffsetMask = Bits.Mask(19, 5);

    private ulong _readOffset;
    private ulong _writeOffset;

    /// <summary>GITS_CBASER.</summary>
    public GitsCbaser Base { get; private set; }

    /// <summary>GITS_CREADR.Stalled.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>GITS_CREADR as software reads it.</summary>
    public ulong Creadr => _readOffset.WithBit(StalledBit, IsStalled);

    /// <summary>GITS_CWRITER as software reads it: Retry reads zero.</summary>
    public ulong Cwriter => _writeOffset;

    public uint ReadOffset => (uint)_readOffset;

    /// <summary>
    /// Whether there is a command to read: in a valid queue, not stalled, between CREADR and CWRITER.
    /// </summary>
    public bool HasCommand =>
        Base.Valid && !IsStalled && _readOffset != _writeOffset && _writeOffset < Base.SizeBytes;

    /// <summary>Where the next command lies.</summary>
    public GuestAddress NextCommand => Base.Address + _readOffset;

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
        var offset = value & OffsetMask;
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

    public void Reset() => (Base, _readOffset, _writeOffset, IsStalled) = (default, 0, 0, false);
}
