namespace ItsService.Cli.Replay;

/// <summary>Collects the H lines at the beginning of a recording.</summary>
internal sealed class HeaderReader
{
    public const string Format = "its-trace 1";
    private const int CpuCountMaximum = 512;

    private int? _cpuCount;
    private (ulong Base, ulong SizeBytes)? _ram;
    private ulong? _gitsBase;
    private ulong? _gicrBase;
    private ulong? _gicdBase;
    private string _note = "";

    /// <summary>Takes what follows "H ". Keys that are not known are notes for people.</summary>
    public void Take(ref LineFields fields)
    {
        var key = fields.Next("the key");
        switch (key)
        {
            case "format":
                RequireFormat(fields.Remainder());
                break;
            case "cpus":
                _cpuCount = (int)fields.Decimal("the number of CPUs", CpuCountMaximum);
                break;
            case "ram":
                _ram = (fields.Hex("the RAM's base", ulong.MaxValue), fields.Decimal("its size", 1UL << 52));
                break;
            case "gits":
                _gitsBase = fields.Hex("the ITS's base", ulong.MaxValue);
                break;
            case "gicr":
                _gicrBase = fields.Hex("the redistributors' base", ulong.MaxValue);
                RequireStride(ref fields);
                break;
            case "gicd":
                _gicdBase = fields.Hex("the distributor's base", ulong.MaxValue);
                break;
            case "note":
                _note = fields.Remainder();
                break;
            default:
                fields.Remainder();
                break;
        }

        fields.End();
    }

    /// <summary>The header, once all H lines were taken.</summary>
    public RecordingHeader Complete() => new()
    {
        CpuCount = _cpuCount is > 0 ? _cpuCount.Value : throw Missing("cpus"),
        RamBase = _ram is { SizeBytes: > 0 } ? _ram.Value.Base : throw Missing("ram"),
        RamSizeBytes = _ram.Value.SizeBytes,
        GitsBase = _gitsBase ?? throw Missing("gits"),
        GicrBase = _gicrBase ?? throw Missing("gicr"),
        GicdBase = _gicdBase ?? throw Missing("gicd"),
        Note = _note,
    };

    private static void RequireFormat(string format)
    {
        if (format != Format)
        {
            throw new FormatException($"the recording is of format '{format}', and this version reads '{Format}'");
        }
    }

    private static void RequireStride(ref LineFields fields)
    {
        if (fields.AtEnd)
        {
            return;
        }

        if (!fields.Next("the stride").SequenceEqual("stride")
            || fields.Hex("the stride", ulong.MaxValue) != RecordingHeader.GicrStrideBytes)
        {
            throw new FormatException($"redistributors lie 0x{RecordingHeader.GicrStrideBytes:x} bytes apart");
        }
    }

    private static FormatException Missing(string key) => new($"the header has no usable 'H {key}' line");
}
