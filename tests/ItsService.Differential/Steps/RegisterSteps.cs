using ItsService.Differential.Comparison;

namespace ItsService.Differential.Steps;

/// <summary>A store to a register, of 1, 2, 4 or 8 bytes.</summary>
internal readonly record struct RegisterWrite(ulong Address, int SizeBytes, ulong Value)
{
    /// <summary>Whether the store reaches one of these bytes.</summary>
    public bool Touches(ulong address, int lengthBytes) =>
        Address < address + (ulong)lengthBytes && address < Address + (ulong)SizeBytes;

    /// <summary>Whether it stores into an 8-byte register what is there already.</summary>
    public bool LeavesAsIs(ulong register, ulong value) =>
        Address >= register && Address + (ulong)SizeBytes <= register + 8
        && Value == (value >> (int)(8 * (Address - register)) & (ulong.MaxValue >> (64 - (8 * SizeBytes))));

    /// <summary>Across two 8-byte places: no access that the architecture knows.</summary>
    public bool IsMisalignedDoubleword => SizeBytes == 8 && Address % 8 == 4;

    public override string ToString() =>
        $"{RegisterNames.Of(Address)} := 0x{Value:x} ({SizeBytes} bytes)";
}

/// <summary>Stores to registers; the two controllers are compared after the last.</summary>
internal sealed record WriteStep(params IReadOnlyList<RegisterWrite> Writes) : Step
{
    public WriteStep(ulong address, int sizeBytes, ulong value)
        : this([new RegisterWrite(address, sizeBytes, value)])
    {
    }

    /// <summary>Whether all of it or nothing is done when a difference is shrunk.</summary>
    public bool IsWhole { get; init; }

    public override int PartCount => IsWhole ? 1 : Writes.Count;

    public override Step WithParts(IReadOnlyList<int> parts) =>
        new WriteStep([.. parts.Select(part => Writes[part])]);

    public override IEnumerable<string> Describe() => Writes.Select(write => write.ToString());
}

/// <summary>A load from a register, of 1, 2, 4 or 8 bytes.</summary>
internal sealed record ReadStep(ulong Address, int SizeBytes) : Step
{
    public bool IsMisalignedDoubleword => SizeBytes == 8 && Address % 8 == 4;

    public override IEnumerable<string> Describe() => [$"read {RegisterNames.Of(Address)} ({SizeBytes} bytes)"];
}
