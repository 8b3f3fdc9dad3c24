using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Redistributors;

/// <summary>
/// Reads the configurations of many LPIs, in ascending order and in pieces of the table, and takes all of them into
/// force at once. Until <see cref="Commit"/> nothing has changed, so that a piece that is not resident can be fetched
/// and the whole begun again.
/// </summary>
internal sealed class LpiConfigurationRefresh(GicParts parts, Redistributor through)
{
    private const uint PieceBytes = 4096;

    private readonly List<(IntId Lpi, LpiConfiguration Configuration)> _read = [];
    private readonly byte[] _piece = new byte[PieceBytes];
    private uint _pieceFirst;
    private int _pieceLength;
    private IntId? _firstUnreadable;

    /// <summary>
    /// Reads one LPI's configuration. Ok, too, where it cannot be read: it then keeps the one it has.
    /// </summary>
    public MemoryOutcome Collect(IntId lpi)
    {
        if (!through.IsLpiInRange(lpi))
        {
            _firstUnreadable ??= lpi;
            return MemoryOutcome.Ok;
        }

        if (lpi.Value - _pieceFirst >= (uint)_pieceLength)
        {
            var outcome = ReadPiece(lpi);
            if (outcome.IsNotResident)
            {
                return outcome;
            }

            if (!outcome.IsOk)
            {
                return CollectAlone(lpi);
            }
        }

        _read.Add((lpi, new LpiConfiguration(_piece[lpi.Value - _pieceFirst])));
        return MemoryOutcome.Ok;
    }

    /// <summary>Takes what was read into force.</summary>
    public void Commit()
    {
        foreach (var (lpi, configuration) in _read)
        {
            parts.Configurations.Store(lpi, configuration);
        }

        if (_firstUnreadable is { } unreadable)
        {
            parts.Configurations.ReportUnreadable(through, unreadable);
        }
    }

    /// <summary>
    /// The piece of the table that holds the LPI, from a multiple of the piece's size, cut at the table's end.
    /// </summary>
    private MemoryOutcome ReadPiece(IntId lpi)
    {
        var first = lpi.Value / PieceBytes * PieceBytes;
        var length = (int)Math.Min(PieceBytes, (1u << through.IntIdBits) - first);
        var address = through.ConfigurationTable.AddressOf(new IntId(first));
        var outcome = parts.Memory.Read(address, _piece.AsSpan(0, length));
        (_pieceFirst, _pieceLength) = outcome.IsOk ? (first, length) : (0, 0);
        return outcome.IsNotResident ? MemoryOutcome.NotResident(RestOfTable(first)) : outcome;
    }

    /// <summary>What may still be needed: asked for at once, since each fetch begins the whole walk again.</summary>
    private GuestRange RestOfTable(uint first) =>
        new(through.ConfigurationTable.AddressOf(new IntId(first)), (1u << through.IntIdBits) - first);

    /// <summary>Where a whole piece is not in guest RAM, a byte of it may still be.</summary>
    private MemoryOutcome CollectAlone(IntId lpi)
    {
        var outcome = parts.Configurations.Read(through, lpi, out var configuration);
        if (outcome.IsOk)
        {
            _read.Add((lpi, configuration));
        }
        else if (!outcome.IsNotResident)
        {
            _firstUnreadable ??= lpi;
            return MemoryOutcome.Ok;
        }

        return outcome;
    }
}
