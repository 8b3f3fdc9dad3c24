using System.Numerics;
using ItsService.Cli.Input;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>A field of a value that was read, in hex.</summary>
internal sealed record FieldValue(string Name, uint HighBit, uint LowBit, string Value);

/// <summary>Finds the description of a register that was named, and cuts values into its fields.</summary>
internal sealed class RegisterView
{
    private readonly IReadOnlyList<RegisterField> _fields;
    private readonly uint _skippedBits;

    private RegisterView(string? name, uint widthBytes, IReadOnlyList<RegisterField> fields, uint skippedBits)
    {
        Name = name;
        WidthBytes = widthBytes;
        _fields = fields;
        _skippedBits = skippedBits;
    }

    /// <summary>The architecture's name. Null when nothing is described there.</summary>
    public string? Name { get; }

    /// <summary>Its width, or 4 when nothing is described there.</summary>
    public uint WidthBytes { get; }

    public static RegisterView Find(RegisterArgument argument, ListRegistersResponse registers, Vm vm)
    {
        if (argument.SystemRegister is not null)
        {
            var described = registers.SystemRegisters.FirstOrDefault(
                row => row.Name.Equals(argument.Name, StringComparison.OrdinalIgnoreCase));
            return described is null ? Unknown() : new RegisterView(described.Name, 8, described.Fields, 0);
        }

        var place = argument.FrameOffset ?? (argument.Address is { } address ? FrameOf(address, vm.Spec) : null);
        foreach (var row in registers.Registers)
        {
            for (uint number = 0; number < Math.Max(1, row.Count); number++)
            {
                var name = row.Name.Replace("<n>", $"{row.FirstNumber + number}", StringComparison.Ordinal);
                var offset = row.Offset + (number * row.StrideBytes);
                if (place is null && name.Equals(argument.Name, StringComparison.OrdinalIgnoreCase))
                {
                    return new RegisterView(name, row.WidthBytes, row.Fields, 0);
                }

                if (place is not null && row.Frame == place.Frame && place.Offset >= offset
                    && place.Offset - offset < row.WidthBytes)
                {
                    var skippedBytes = place.Offset - offset;
                    var widthBytes = WidthFrom(skippedBytes, row.WidthBytes);
                    return new RegisterView(name, widthBytes, row.Fields, 8 * skippedBytes);
                }
            }
        }

        return Unknown();
    }

    /// <summary>The fields that the value holds, highest first.</summary>
    public IEnumerable<FieldValue> Fields(ulong value, uint sizeBytes)
    {
        var end = _skippedBits + (8 * sizeBytes);
        foreach (var field in _fields.OrderByDescending(field => field.LowBit))
        {
            if (field.LowBit >= _skippedBits && field.HighBit < end)
            {
                var width = field.HighBit - field.LowBit + 1;
                var content = (value >> (int)(field.LowBit - _skippedBits)) & (ulong.MaxValue >> (int)(64 - width));
                yield return new FieldValue(field.Name, field.HighBit, field.LowBit, $"0x{content:x}");
            }
        }
    }

    /// <summary>The widest aligned access that begins so far inside a register.</summary>
    private static uint WidthFrom(uint skippedBytes, uint widthBytes) =>
        skippedBytes == 0 ? widthBytes : 1u << BitOperations.TrailingZeroCount(skippedBytes);

    private static RegisterView Unknown() => new(null, 4, [], 0);

    private static FrameOffset? FrameOf(ulong address, VmSpec spec)
    {
        const ulong GicdSizeBytes = 0x10000;
        const ulong GitsSizeBytes = 0x20000;
        const ulong GicrSizeBytes = 0x20000;
        if (spec.HasDistributorBase && address - spec.DistributorBase < GicdSizeBytes)
        {
            return new FrameOffset { Frame = Frame.Gicd, Offset = (uint)(address - spec.DistributorBase) };
        }

        foreach (var its in spec.Its)
        {
            if (its.HasBase && address - its.Base < GitsSizeBytes)
            {
                return new FrameOffset { Frame = Frame.Gits, Offset = (uint)(address - its.Base) };
            }
        }

        foreach (var region in spec.RedistributorRegions)
        {
            if (address - region.Base < region.Count * GicrSizeBytes)
            {
                var offset = (uint)((address - region.Base) % GicrSizeBytes);
                return new FrameOffset { Frame = Frame.Gicr, Offset = offset };
            }
        }

        return null;
    }
}
