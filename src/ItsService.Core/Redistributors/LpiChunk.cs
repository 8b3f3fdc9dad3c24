using System.Runtime.CompilerServices;

namespace ItsService.Core.Redistributors;

/// <summary>
/// 256 LPIs that follow one another: their configurations as last read, byte after byte as in the guest's table, so
/// that INVALL compares the two at memory speed; and what else is remembered of each.
/// </summary>
internal sealed class LpiChunk
{
    public const int SizeBits = 8;
    public const int LpiCount = 1 << SizeBits;

    private ConfigurationBytes _configurations;
    private RecordValues _records;
    private LpiRecord _commonOwner;
    private bool _ownersDiffer;

    /// <summary>How many of them are present.</summary>
    public int PresentCount { get; private set; }

    /// <summary>How many are present though their configuration was never read.</summary>
    public int UnknownCount { get; private set; }

    /// <summary>
    /// Stands for all that are present, as far as the collection goes, when one has mapped them all; null otherwise.
    /// Devices get their LPIs in blocks, so that this is common.
    /// </summary>
    public LpiRecord? CommonOwner => _ownersDiffer ? null : _commonOwner;

    /// <summary>The configurations; 0, which is disabled, where none was read.</summary>
    public ReadOnlySpan<byte> Configurations => _configurations;

    public LpiConfiguration Configuration(int index) => new(_configurations[index & (LpiCount - 1)]);

    public LpiRecord Record(int index) => new(_records[index & (LpiCount - 1)]);

    public void Set(int index, LpiRecord record)
    {
        var before = Record(index);
        PresentCount += (record.IsPresent ? 1 : 0) - (before.IsPresent ? 1 : 0);
        UnknownCount += (record.IsUnknown ? 1 : 0) - (before.IsUnknown ? 1 : 0);
        _ownersDiffer |= PresentCount > 1 && _commonOwner != record.OwnerOnly;
        _commonOwner = record.OwnerOnly;
        _records[index & (LpiCount - 1)] = record.Raw;
    }

    /// <summary>Notes that one more redistributor has the LPI pending; returns its configuration.</summary>
    public LpiConfiguration AddPending(int index)
    {
        ref var record = ref _records[index & (LpiCount - 1)];
        record = new LpiRecord(record).WithOneMorePending().Raw;
        return Configuration(index);
    }

    /// <summary>Notes that one redistributor less has the LPI pending; returns its configuration.</summary>
    public LpiConfiguration RemovePending(int index)
    {
        ref var record = ref _records[index & (LpiCount - 1)];
        record = new LpiRecord(record).WithOneLessPending().Raw;
        return Configuration(index);
    }

    public void Set(int index, LpiConfiguration configuration) =>
        _configurations[index & (LpiCount - 1)] = configuration.Raw;

    [InlineArray(LpiCount)]
    private struct ConfigurationBytes
    {
        private byte _first;
    }

    [InlineArray(LpiCount)]
    private struct RecordValues
    {
        private uint _first;
    }
}
