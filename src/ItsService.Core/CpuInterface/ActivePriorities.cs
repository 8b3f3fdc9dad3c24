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
    public int ImplementedCount => (1 << preemptionBits) / RegisterBits;

    private int Shift => 8 - preemptionBits;

    public uint Read(int index) => index < ImplementedCount ? _registers[index] : 0;

    public void Write(int index, uint value)
    {
        if (index < ImplementedCount)
        {
            _registers[index] = value;
        }
    }

    public void Activate(byte groupPriority)
    {
        var bit = groupPriority >> Shift;
        _registers[bit / RegisterBits] |= 1u << (bit % RegisterBits);
    }

    /// <summary>Drops the highest active priority, if there is one.</summary>
    public void DropHighest()
    {
        foreach (ref var register in _registers.AsSpan())
        {
            if (register != 0)
            {
                register &= register - 1;
                return;
            }
        }
    }

    /// <summary>The highest active priority, or <see cref="Idle"/>.</summary>
    public byte Highest
    {
        get
        {
            for (var index = 0; index < RegisterCount; index++)
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

    public void Reset() => Array.Clear(_registers);
}
