using System.Collections.Immutable;
using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.Distributor;

/// <summary>
/// 32 INTIDs with one bit each in the GIC's banked registers: SGIs and PPIs in a redistributor, SPIs in the
/// distributor. It keeps what software configures; LPIs have no part in it.
/// </summary>
internal sealed class InterruptBank(uint firstIntId)
{
    /// <summary>INTIDs in a bank.</summary>
    public const int Size = 32;

    /// <summary>SGIs are always edge triggered, and their configuration is fixed.</summary>
    private const uint SgiConfiguration = 0xAAAA_AAAA;

    private readonly byte[] _priorities = new byte[Size];
    private readonly uint[] _configuration = new uint[2];

    private bool IsPrivate => firstIntId == 0;

    /// <summary>1 where the INTID is in Group 1.</summary>
    public uint Group1 { get; private set; }

    public uint Enabled { get; private set; }

    /// <summary>Pending by software or an edge, apart from any input line.</summary>
    public uint PendingLatch { get; private set; }

    public uint Active { get; private set; }

    /// <summary>What a bank that begins there holds after a reset.</summary>
    public static InterruptBankState StateAtReset(bool isPrivate) => new(
        Group1: 0,
        Enabled: 0,
        PendingLatch: 0,
        Active: 0,
        Priorities: [.. new byte[Size]],
        Configuration: [isPrivate ? SgiConfiguration : 0, 0]);

    public void Reset() => Restore(StateAtReset(IsPrivate));

    public InterruptBankState Save() =>
        new(Group1, Enabled, PendingLatch, Active, [.. _priorities], [.. _configuration]);

    public void Restore(InterruptBankState state)
    {
        (Group1, Enabled, PendingLatch, Active, var priorities, var configuration) = state;
        priorities.CopyTo(_priorities);
        configuration.CopyTo(_configuration);
    }

    /// <summary>Whether GICD_ICFGR can hold that.</summary>
    public static bool IsConfiguration(ImmutableArray<uint> registers, bool isPrivate) =>
        (!isPrivate || registers[0] == SgiConfiguration)
        && registers.All(register => (register & ~SgiConfiguration) == 0);

    /// <summary><paramref name="index"/> counts from the bank's first register of that kind.</summary>
    public uint Read(RegisterId register, int index) => register switch
    {
        RegisterId.Igroupr => Group1,
        RegisterId.Isenabler or RegisterId.Icenabler => Enabled,
        RegisterId.Ispendr or RegisterId.Icpendr => PendingLatch,
        RegisterId.Isactiver or RegisterId.Icactiver => Active,
        RegisterId.Ipriorityr => BitConverter.ToUInt32(_priorities, index * sizeof(uint)),
        RegisterId.Icfgr => _configuration[index],
        // With one security state there is no group modifier and no non-secure access control.
        _ => 0,
    };

    public void Write(RegisterId register, int index, uint value, byte priorityMask)
    {
        switch (register)
        {
            case RegisterId.Igroupr:
                Group1 = value;
                break;
            case RegisterId.Isenabler:
                Enabled |= value;
                break;
            case RegisterId.Icenabler:
                Enabled &= ~value;
                break;
            case RegisterId.Ispendr:
                PendingLatch |= value;
                break;
            case RegisterId.Icpendr:
                PendingLatch &= ~value;
                break;
            case RegisterId.Isactiver:
                Active |= value;
                break;
            case RegisterId.Icactiver:
                Active &= ~value;
                break;
            case RegisterId.Ipriorityr:
                WritePriorities(index * sizeof(uint), value, priorityMask);
                break;
            case RegisterId.Icfgr when !(IsPrivate && index == 0):
                // The lower bit of each pair is RES0.
                _configuration[index] = value & SgiConfiguration;
                break;
            default:
                break;
        }
    }

    private void WritePriorities(int first, uint value, byte priorityMask)
    {
        for (var offset = 0; offset < sizeof(uint); offset++)
        {
            _priorities[first + offset] = (byte)((byte)(value >> (8 * offset)) & priorityMask);
        }
    }
}
