using System.Collections.Immutable;
using System.Numerics;

namespace ItsService.Core.CpuInterface;

/// <summary>
/// The priorities of one group that are active: ICC_APxR0..3, one bit for each group priority, the highest priority at
/// bit 0 of R0.
/// </summary>
internal sealed class ActivePriorities(int preemptionBits)
{
    public const int RegisterCount = 4;

    /// <summary>The running priority of a group with nothing active.</summary>
    public const byte Idle = 0xFF;

    private const int RegisterBits = 32;

    private readonly uint[] _registers = new uint[RegisterCount];

    /// <summary>How many of the four registers exist: one for 5 bits, two for 6, four for 7.</summary>
    public int ImplementedCount { get; } = ImplementedCountFor(preemptionBits);

    public static int ImplementedCountFor(int preemptionBits) => (1 << preemptionBits) / RegisterBits;

    /// <summary>The highest active priority, or <see cref="Idle"/>.</summary>
    public byte Highest { get; private set; } = Idle;

    private int Shift => 8 - preemptionBits;

    public uint Read(int index) => index < ImplementedCount ? _registers[index] : 0;

    public void Write(int index, uint value)
    {
        if (index < ImplementedCount)
        {
            _registers[index] = value;
            Highest = FindHighest();
        }
    }

    public void Activate(byte groupPriority)
    {
        var bit = groupPriority >> Shift;
        _registers[bit / RegisterBits] |= 1u << (bit % RegisterBits);
        Highest = Math.Min(Highest, (byte)(bit << Shift));
    }

    /// <summary>Drops the highest active priority, if there is one.</summary>
    public void DropHighest()
    {
        if (Highest != Idle)
        {
            ref var register = ref _registers[(Highest >> Shift) / RegisterBits];
            register &= register - 1;
            Highest = FindHighest();
        }
    }

    public ImmutableArray<uint> Save() => [.. _registers];

    public void Restore(ImmutableArray<uint> registers)
    {
        registers.CopyTo(_registers);
        Highest = FindHighest();
    }

    private byte FindHighest()
    {
        for (var index = 0; index < ImplementedCount; index++)
        {
            if (_registers[index] != 0)
            {
                var bit = (index * RegisterBits) + BitOperations.TrailingZeroCount(_registers[index]);
                return (byte)(bit << Shift);
            }
        }

        return Idle;
    }
}
