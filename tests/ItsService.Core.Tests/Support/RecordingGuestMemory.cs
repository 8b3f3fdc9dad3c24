using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Tests.Support;

/// <summary>Passes accesses on; when asked to, keeps where they went, or does none of them.</summary>
internal sealed class RecordingGuestMemory(IGuestMemory inner) : IGuestMemory
{
    private List<MemoryAccess>? _accesses;

    /// <summary>Whether nothing is resident, of which the host's memory names no range.</summary>
    public bool IsSilentlyAbsent { get; set; }

    public void StartRecording() => _accesses = [];

    public MemoryAccess[] StopRecording()
    {
        MemoryAccess[] accesses = [.. _accesses ?? []];
        _accesses = null;
        return accesses;
    }

    public MemoryOutcome Read(GuestAddress address, Span<byte> destination)
    {
        _accesses?.Add(new MemoryAccess(new GuestRange(address, (ulong)destination.Length), IsWrite: false));
        return IsSilentlyAbsent ? MemoryOutcome.NotResident(default) : inner.Read(address, destination);
    }

    public MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        _accesses?.Add(new MemoryAccess(new GuestRange(address, (ulong)source.Length), IsWrite: true));
        return IsSilentlyAbsent ? MemoryOutcome.NotResident(default) : inner.Write(address, source);
    }

    public MemoryOutcome ProbeForWriting(GuestRange range) => inner.ProbeForWriting(range);
}

/// <summary>One access of the controller to guest memory.</summary>
internal readonly record struct MemoryAccess(GuestRange Range, bool IsWrite);
