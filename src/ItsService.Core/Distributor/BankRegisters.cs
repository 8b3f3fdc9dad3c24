using ItsService.Core.Registers;

namespace ItsService.Core.Distributor;

/// <summary>A bank's registers, from IGROUPR to ICFGR (redistributor-lpi sections 6 and 10).</summary>
internal static class BankRegisters
{
    /// <summary><paramref name="index"/> counts from the bank's first register of that kind.</summary>
    public static uint Read(InterruptBank bank, RegisterId register, int index) => register switch
    {
        RegisterId.Igroupr => bank.Group1,
        RegisterId.Isenabler or RegisterId.Icenabler => bank.Enabled,
        RegisterId.Ispendr or RegisterId.Icpendr => bank.Pending,
        RegisterId.Isactiver or RegisterId.Icactiver => bank.Active,
        RegisterId.Ipriorityr => ReadPriorities(bank, index * sizeof(uint)),
        RegisterId.Icfgr => bank.ConfigurationOf(index),
        // With one security state there is no group modifier and no non-secure access control.
        _ => 0,
    };

    /// <summary>The same from outside the guest: GICD_ISPENDR&lt;n&gt; is the latch alone there.</summary>
    public static uint ReadStored(InterruptBank bank, RegisterId register, int index) =>
        register == RegisterId.Ispendr ? bank.PendingLatch : Read(bank, register, index);

    public static void Write(InterruptBank bank, RegisterId register, int index, uint value, byte priorityMask)
    {
        switch (register)
        {
            case RegisterId.Igroupr:
                bank.SetGroup1(value);
                break;
            case RegisterId.Isenabler:
                bank.Enable(value);
                break;
            case RegisterId.Icenabler:
                bank.Disable(value);
                break;
            case RegisterId.Ispendr:
                bank.SetPending(value);
                break;
            case RegisterId.Icpendr:
                bank.ClearPending(value);
                break;
            case RegisterId.Isactiver:
                bank.SetActive(value);
                break;
            case RegisterId.Icactiver:
                bank.ClearActive(value);
                break;
            case RegisterId.Ipriorityr:
                WritePriorities(bank, index * sizeof(uint), value, priorityMask);
                break;
            case RegisterId.Icfgr:
                bank.Configure(index, value);
                break;
            default:
                break;
        }
    }

    private static uint ReadPriorities(InterruptBank bank, int first)
    {
        var value = 0u;
        for (var offset = 0; offset < sizeof(uint); offset++)
        {
            value |= (uint)bank.PriorityOf(first + offset) << (8 * offset);
        }

        return value;
    }

    private static void WritePriorities(InterruptBank bank, int first, uint value, byte priorityMask)
    {
        for (var offset = 0; offset < sizeof(uint); offset++)
        {
            bank.SetPriority(first + offset, (byte)((byte)(value >> (8 * offset)) & priorityMask));
        }
    }
}
