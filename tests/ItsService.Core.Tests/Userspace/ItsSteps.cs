using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>The seven steps that restore an ITS, in the order of VMMs (kvm-uapi section 6).</summary>
internal static class ItsSteps
{
    public static readonly int[] Basers =
        [.. Enumerable.Range(0, 8).Select(number => GitsOffset.Baser0 + (number * 8))];

    public static readonly int[] Offsets =
    [
        GitsOffset.Iidr, GitsOffset.Cbaser, GitsOffset.Creadr, GitsOffset.Cwriter, GitsOffset.Ctlr, .. Basers,
    ];

    public static readonly ItsStep[] All =
    [
        Register("IIDR", GitsOffset.Iidr),
        Register("CBASER", GitsOffset.Cbaser),
        Register("CREADR", GitsOffset.Creadr),
        Register("CWRITER", GitsOffset.Cwriter),
        new("BASERn", (port, its, image) => Array.ForEach(
            Basers, offset => port.WriteIts(its, offset, image.Its(its, offset)))),
        new("RESTORE_TABLES", (port, its, _) => port.RestoreTables(its)),
        Register("CTLR", GitsOffset.Ctlr),
    ];

    private static ItsStep Register(string name, int offset) =>
        new(name, (port, its, image) => port.WriteIts(its, offset, image.Its(its, offset)));
}

/// <summary>A step that restores an ITS.</summary>
internal sealed record ItsStep(string Name, Action<AttributePort, int, AttributeImage> Write);
