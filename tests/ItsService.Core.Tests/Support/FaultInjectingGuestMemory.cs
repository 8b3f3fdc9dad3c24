using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Tests.Support;

/// <summary>
/// Guest RAM that fails, or is absent, where it is told to: what a memory back-end may do at any moment, made to happen
/// at a chosen one.
/// </summary>
internal sealed class FaultInjectingGuestMemory(IGuestMemory inner) : IGuestMemory
{
    private readonly List<GuestRange> _faultingReads = [];
    private readonly List<GuestRange> _faultingWrites = [];
    private readonly List<GuestRange> _absent = [];
    private readonly List<GuestRange> _absentForWrites = [];
    private readonly List<GuestRange> _readOnly = [];
    private int _accessesUntilFailure = -1;
    private bool _failsAsAbsent;

    /// <summary>Reads that touch <paramref name="range"/> fault from now on.</summary>
    public void FaultReads(GuestRange range) => _faultingReads.Add(range);

    /// <summary>Writes that touch <paramref name="range"/> fault from now on, which nothing tells before.</summary>
    public void FaultWrites(GuestRange range) => _faultingWrites.Add(range);

    /// <summary>The same where it can be told before.</summary>
    public void MakeReadOnly(GuestRange range)
    {
        _faultingWrites.Add(range);
        _readOnly.Add(range);
    }

    /// <summary>Accesses that touch <paramref name="range"/> are not resident until <see cref="Fetch"/>.</summary>
    public void MakeAbsent(GuestRange range) => _absent.Add(range);

    /// <summary>The same for writes alone: a page that is there to be read and has to be made writable first.</summary>
    public void AbsentForWrites(GuestRange range) => _absentForWrites.Add(range);

    /// <summary>One access fails, or is not resident: the one behind so many others.</summary>
    public void FailOnce(int accessesBefore, bool isAbsent) =>
        (_accessesUntilFailure, _failsAsAbsent) = (accessesBefore, isAbsent);

    /// <summary>Whether that access has come.</summary>
    public bool HasFailedOnce => _accessesUntilFailure < 0;

    /// <summary>Makes all absent ranges resident that overlap <paramref name="range"/>.</summary>
    public void Fetch(GuestRange range) => _absent.RemoveAll(absent => absent.Overlaps(range));

    /// <summary>Everything works again.</summary>
    public void Heal()
    {
        _faultingReads.Clear();
        _faultingWrites.Clear();
        _absent.Clear();
        _absentForWrites.Clear();
        _readOnly.Clear();
        _accessesUntilFailure = -1;
    }

    /// <inheritdoc/>
    public MemoryOutcome Read(GuestAddress address, Span<byte> destination)
    {
        var range = new GuestRange(address, (ulong)destination.Length);
        return Injected(range, _faultingReads) ?? inner.Read(address, destination);
    }

    /// <inheritdoc/>
    public MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        var range = new GuestRange(address, (ulong)source.Length);
        return _absentForWrites.Exists(absent => absent.Overlaps(range))
            ? MemoryOutcome.NotResident(range)
            : Injected(range, _faultingWrites) ?? inner.Write(address, source);
    }

    /// <inheritdoc/>
    public MemoryOutcome ProbeForWriting(GuestRange range) =>
        _absentForWrites.Exists(absent => absent.Overlaps(range)) ? MemoryOutcome.NotResident(range)
        : _readOnly.Exists(kept => kept.Overlaps(range)) ? MemoryOutcome.Fault
        : inner.ProbeForWriting(range);

    private MemoryOutcome? Injected(GuestRange range, List<GuestRange> faulting)
    {
        if (_accessesUntilFailure >= 0 && _accessesUntilFailure-- == 0)
        {
            return _failsAsAbsent ? MemoryOutcome.NotResident(range) : MemoryOutcome.Fault;
        }

        foreach (var absent in _absent)
        {
            if (absent.Overlaps(range))
            {
                return MemoryOutcome.NotResident(absent);
            }
        }

        return faulting.Exists(fault => fault.Overlaps(range)) ? MemoryOutcome.Fault : null;
    }
}
