using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>What was written to an ITS from outside the guest and is not in force yet.</summary>
internal sealed class ItsStage
{
    private readonly ulong?[] _basers = new ulong?[GitsBaser.Count];

    /// <summary>GITS_CTLR.Enabled.</summary>
    public bool? IsEnabled { get; set; }

    /// <summary>GITS_CBASER, as it will read.</summary>
    public ulong? Cbaser { get; set; }

    /// <summary>GITS_CREADR with Stalled.</summary>
    public ulong? Creadr { get; set; }

    /// <summary>GITS_CWRITER.</summary>
    public ulong? Cwriter { get; set; }

    /// <summary>Whether the tables are read at the commit.</summary>
    public bool RestoresTables { get; set; }

    public bool IsEmpty =>
        IsEnabled is null && Cbaser is null && Creadr is null && Cwriter is null && !RestoresTables
        && Array.TrueForAll(_basers, baser => baser is null);

    /// <summary>GITS_BASERn, as it will read.</summary>
    public ulong? Baser(int number) => _basers[number];

    public void SetBaser(int number, ulong value) => _basers[number] = value;

    public void Clear()
    {
        (IsEnabled, Cbaser, Creadr, Cwriter, RestoresTables) = (null, null, null, null, false);
        Array.Clear(_basers);
    }
}
