using ItsService.Client.Identifiers;

namespace ItsService.Cli.Replay;

/// <summary>
/// Compares HPPI lines with ICC_HPPIR1_EL1. An HPPI line is found while an operation of the recorded machine is under
/// way, and some operations are written down when they end. So a line says what holds at one of two instants, and no
/// other is accepted:
/// <list type="number">
/// <item>where it stands: after every line before it, but without the CMD lines that no operation has run yet;</item>
/// <item>right after the next operation, if that is one that is written down at its end and can change what this CPU
/// sees: an ACK of the same CPU, or a W (of GITS_CWRITER, which runs the CMD lines before it, or of any other
/// register). Nothing but CMD, FILL, MEM, T, MARK and HPPI lines may stand between.</item>
/// </list>
/// A line that held at neither is a mismatch. So is one that did not hold where it stands and is followed by another
/// HPPI of its CPU before the next operation: only the last of them can be what that operation leaves.
/// </summary>
internal sealed class HighestPendingChecks(AccessSequence sequence, Action<HppiLine, string> reportMismatch)
{
    private readonly SortedDictionary<uint, Check> _open = [];

    /// <summary>Takes a line where it stands.</summary>
    public async ValueTask TakeAsync(HppiLine line, CancellationToken cancellationToken)
    {
        if (_open.Remove(line.Cpu, out var overtaken))
        {
            sequence.Then(() => Judge(overtaken));
        }

        var check = new Check(line);
        _open.Add(line.Cpu, check);
        await SeeAsync(check, cancellationToken);
    }

    /// <summary>Takes an operation that has been made.</summary>
    public async ValueTask TakeAsync(RecordingLine operation, CancellationToken cancellationToken)
    {
        foreach (var (cpu, check) in _open)
        {
            if (operation is WriteLine || (operation is AcknowledgeLine acknowledge && acknowledge.Cpu == cpu))
            {
                await SeeAsync(check, cancellationToken);
            }

            sequence.Then(() => Judge(check));
        }

        _open.Clear();
    }

    /// <summary>The recording ends: no cause follows.</summary>
    public void End()
    {
        foreach (var check in _open.Values)
        {
            sequence.Then(() => Judge(check));
        }

        _open.Clear();
    }

    private ValueTask SeeAsync(Check check, CancellationToken cancellationToken) =>
        sequence.ReadSystemRegisterAsync(
            new VcpuIndex(check.Line.Cpu),
            SystemRegisterId.IccHppir1,
            check.Seen.Add,
            cancellationToken);

    private void Judge(Check check)
    {
        // Nothing seen is a read that was refused, and a mismatch already.
        if (check.Seen.Count > 0 && !check.Seen.Contains(check.Line.IntId))
        {
            reportMismatch(check.Line, string.Join(", then ", check.Seen.Distinct()));
        }
    }

    private sealed record Check(HppiLine Line)
    {
        public List<ulong> Seen { get; } = [];
    }
}
