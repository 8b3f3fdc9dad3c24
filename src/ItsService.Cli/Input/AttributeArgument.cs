using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Input;

/// <summary>
/// An attribute that was named on the command line. A register of 64 bits in a frame that is accessed by 32 is two.
/// </summary>
/// <param name="Name">As it is told to people.</param>
/// <param name="Low">The attribute, or its low half.</param>
/// <param name="High">The high half, where there are two.</param>
/// <param name="IsOrder">Whether it has no value, and writing it has something done.</param>
internal sealed record AttributeArgument(
    string Name, DeviceAttributeId Low, DeviceAttributeId? High = null, bool IsOrder = false)
{
    /// <summary>Reads it, both halves where there are two.</summary>
    public async Task<ulong> GetAsync(VmHandle vm, uint regionIndex, CancellationToken cancellationToken)
    {
        var value = await vm.GetAttributeAsync(Low, regionIndex, cancellationToken);
        return High is { } high ? value | (await vm.GetAttributeAsync(high, 0, cancellationToken) << 32) : value;
    }

    /// <summary>Writes it, both halves where there are two.</summary>
    public async Task SetAsync(VmHandle vm, ulong value, CancellationToken cancellationToken)
    {
        await vm.SetAttributeAsync(Low, High is null ? value : (uint)value, cancellationToken);
        if (High is { } high)
        {
            await vm.SetAttributeAsync(high, value >> 32, cancellationToken);
        }
    }
}
