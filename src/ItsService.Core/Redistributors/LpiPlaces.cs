using System.Runtime.CompilerServices;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// Of the LPIs of one <see cref="LpiChunk"/> that are pending at several redistributors: at how many, and the exclusive
/// or of their vCPUs' indices. So the last of them is known without asking each.
/// </summary>
internal sealed class LpiPlaces
{
    private const int CountShift = 16;
    private const uint OneMore = 1u << CountShift;
    private const uint IndexMask = OneMore - 1;

    private Values _values;

    /// <summary>The LPI is pending at two.</summary>
    public void Begin(int index, VcpuIndex one, VcpuIndex other) =>
        Value(index) = (2 * OneMore) | (uint)(one.Value ^ other.Value);

    /// <summary>It is pending at one more.</summary>
    public void Add(int index, VcpuIndex vcpu) => Value(index) = (Value(index) + OneMore) ^ (uint)vcpu.Value;

    /// <summary>One has it no more. True when one is left: <paramref name="last"/>.</summary>
    public bool Remove(int index, VcpuIndex vcpu, out VcpuIndex last)
    {
        ref var value = ref Value(index);
        value = (value - OneMore) ^ (uint)vcpu.Value;
        last = new VcpuIndex((int)(value & IndexMask));
        return value >> CountShift == 1;
    }

    /// <summary>Another one has it instead of one that had it.</summary>
    public void Move(int index, VcpuIndex from, VcpuIndex to) => Value(index) ^= (uint)(from.Value ^ to.Value);

    private ref uint Value(int index) => ref _values[index & (LpiChunk.LpiCount - 1)];

    [InlineArray(LpiChunk.LpiCount)]
    private struct Values
    {
        private uint _first;
    }
}
