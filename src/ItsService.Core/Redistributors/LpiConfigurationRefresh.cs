using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Redistributors;

/// <summary>
/// Reads the configurations of many LPIs, in pieces of the table, and takes those that changed into force at once.
/// Until <see cref="Commit"/> nothing has changed, so that a piece that is not resident can be fetched and the whole
/// begun again.
/// </summary>
/// <param name="parts">The VM's controller.</param>
/// <param name="through">The redistributor whose table is read.</param>
/// <param name="piece">Room for <see cref="PieceBytes"/>.</param>
internal ref struct LpiConfigurationRefresh(GicParts parts, Redistributor through, Span<byte> piece)
{
    public const int PieceBytes = 4096;

    /// <summary>To compare a chunk costs about as much as to change so many LPIs.</summary>
    private const int CostOfChunk = 16;

    private readonly GicParts _parts = parts;
    private readonly Redistributor _through = through;
    private readonly Span<byte> _piece = piece;

    // What changes; null while nothing does, which is the common case.
    private List<LpiChunkReading>? _read;
    private uint? _pieceFirst;

    // A piece that is not wholly in guest RAM, so that it is tried once and not for each LPI.
    private uint? _faultingPiece;
    private IntId? _firstUnreadable;

    /// <summary>The first LPI that the table covers and whose byte is not in guest RAM, of those read so far.</summary>
    public IntId? FirstUnreadableInTable { get; private set; }

    /// <summary>
    /// Reads the LPIs of the scope among those that are known. Whole chunks are compared with what was read last, so
    /// that LPIs which did not change cost next to nothing, whoever's they are.
    /// </summary>
    public MemoryOutcome CollectKnown<TScope>(TScope scope)
        where TScope : struct, ILpiScope
    {
        for (var number = 0; number < _parts.Configurations.ChunkCount; number++)
        {
            var outcome = _parts.Configurations.Chunk(number) is { } chunk
                ? CollectChunk(chunk, LpiConfigurations.FirstOf(number), scope)
                : MemoryOutcome.Ok;
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        return MemoryOutcome.Ok;
    }

    /// <summary>
    /// Reads one LPI's configuration. Ok, too, where it cannot be read: it then keeps the one it has.
    /// </summary>
    public MemoryOutcome Collect(IntId lpi)
    {
        if (!_through.IsLpiInRange(lpi))
        {
            NoteUnreadable(lpi);
            return MemoryOutcome.Ok;
        }

        var outcome = FindPiece(lpi);
        if (outcome.IsOk)
        {
            Keep(lpi, _piece[OffsetInPiece(lpi)]);
        }

        return outcome.Status == MemoryStatus.Fault ? CollectAlone(lpi) : outcome;
    }

    /// <summary>Takes what was read into force.</summary>
    public void Commit()
    {
        if (_read is { } chunks)
        {
            CommitChunks(chunks);
        }

        if (_firstUnreadable is { } unreadable)
        {
            _parts.Configurations.ReportUnreadable(_through, unreadable);
        }
    }

    private void CommitChunks(List<LpiChunkReading> chunks)
    {
        foreach (var chunk in chunks)
        {
            var first = LpiConfigurations.FirstOf(chunk.ChunkNumber);
            for (var index = chunk.Next(0); index >= 0; index = chunk.Next(index + 1))
            {
                var lpi = new IntId(first.Value + (uint)index);
                _parts.Configurations.Store(lpi, chunk.Configuration(index));
            }
        }
    }

    private MemoryOutcome CollectChunk<TScope>(LpiChunk chunk, IntId first, TScope scope)
        where TScope : struct, ILpiScope
    {
        _parts.Work.AddLpis(CostOfChunk);
        if (!scope.MayInclude(first, chunk))
        {
            return MemoryOutcome.Ok;
        }

        // One at a time where some may be outside RAM, and where one must be noted as read though its byte is 0.
        var piece = _through.IsLpiInRange(first) ? FindPiece(first) : MemoryOutcome.Fault;
        return piece.IsOk && chunk.UnknownCount == 0
            ? CollectDifferences(chunk, first, scope)
            : CollectEach(chunk, first, scope);
    }

    private MemoryOutcome CollectDifferences<TScope>(LpiChunk chunk, IntId first, TScope scope)
        where TScope : struct, ILpiScope
    {
        var table = _piece.Slice(OffsetInPiece(first), LpiChunk.LpiCount);
        var known = chunk.Configurations;
        for (var index = 0; ; index++)
        {
            index += table[index..].CommonPrefixLength(known[index..]);
            if (index >= LpiChunk.LpiCount)
            {
                return MemoryOutcome.Ok;
            }

            var lpi = new IntId(first.Value + (uint)index);
            if (chunk.Record(index) is { IsPresent: true } record && scope.Includes(lpi, record))
            {
                Keep(lpi, table[index]);
            }
        }
    }

    private MemoryOutcome CollectEach<TScope>(LpiChunk chunk, IntId first, TScope scope)
        where TScope : struct, ILpiScope
    {
        for (var index = 0; index < LpiChunk.LpiCount; index++)
        {
            var record = chunk.Record(index);
            var lpi = new IntId(first.Value + (uint)index);
            var outcome = record.IsPresent && scope.Includes(lpi, record) ? Collect(lpi) : MemoryOutcome.Ok;
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        return MemoryOutcome.Ok;
    }

    private void Keep(IntId lpi, byte configuration)
    {
        _parts.Work.AddLpis(1);
        if (_parts.Configurations.Record(lpi).IsConfigurationKnown
            && _parts.Configurations[lpi].Raw == configuration)
        {
            return;
        }

        var number = LpiConfigurations.ChunkNumber(lpi);
        _read ??= [];
        if (_read.Count == 0 || _read[^1].ChunkNumber != number)
        {
            _read.Add(new LpiChunkReading(number));
        }

        _read[^1].Keep(LpiConfigurations.IndexOf(lpi), configuration);
    }

    private void NoteUnreadable(IntId lpi)
    {
        _parts.Work.AddLpis(1);
        if (_firstUnreadable is not { } first || lpi.Value < first.Value)
        {
            _firstUnreadable = lpi;
        }
    }

    private static int OffsetInPiece(IntId lpi) => (int)(lpi.Value & (PieceBytes - 1));

    /// <summary>
    /// The piece of the table that holds the LPI, from a multiple of the piece's size. A table that holds LPIs at all
    /// is a multiple of it, too.
    /// </summary>
    private MemoryOutcome FindPiece(IntId lpi)
    {
        var first = lpi.Value & ~(PieceBytes - 1u);
        if (first == _pieceFirst)
        {
            return MemoryOutcome.Ok;
        }

        if (first == _faultingPiece)
        {
            return MemoryOutcome.Fault;
        }

        var outcome = _parts.Memory.Read(_through.ConfigurationTable.AddressOf(new IntId(first)), _piece);
        _pieceFirst = outcome.IsOk ? first : null;
        _faultingPiece = outcome.Status == MemoryStatus.Fault ? first : null;
        return outcome.IsNotResident
            ? MemoryOutcome.NotResident(_through.RestOfConfigurations(new IntId(first)))
            : outcome;
    }

    /// <summary>Where a whole piece is not in guest RAM, a byte of it may still be.</summary>
    private MemoryOutcome CollectAlone(IntId lpi)
    {
        var outcome = _parts.Configurations.Read(_through, lpi, out var configuration);
        if (outcome.IsOk)
        {
            Keep(lpi, configuration.Raw);
        }
        else if (!outcome.IsNotResident)
        {
            NoteUnreadable(lpi);
            FirstUnreadableInTable ??= lpi;
            return MemoryOutcome.Ok;
        }

        return outcome;
    }
}
