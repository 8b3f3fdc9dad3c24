namespace ItsService.ReferenceModel;

/// <summary>
/// The registers that hold some bits for each SGI, PPI or SPI, from IGROUPR to NSACR: rd 6, 10. What is there for an
/// INTID that is not reads 0 and ignores writes.
/// </summary>
internal sealed class InterruptRegisters(Machine machine, IReadOnlyDictionary<uint, Interrupt> interrupts)
{
    public const uint First = 0x0080;
    public const uint Last = 0x0FFF;

    private const uint Igroupr = 0x0080;
    private const uint Isenabler = 0x0100;
    private const uint Icenabler = 0x0180;
    private const uint Ispendr = 0x0200;
    private const uint Icpendr = 0x0280;
    private const uint Isactiver = 0x0300;
    private const uint Icactiver = 0x0380;
    private const uint Ipriorityr = 0x0400;
    private const uint Icfgr = 0x0C00;

    public ulong Read(uint offset, int sizeBytes)
    {
        if (IsPriority(offset))
        {
            return ReadPriorities(offset, sizeBytes);
        }

        if (sizeBytes != 4 || offset % 4 != 0)
        {
            return 0;
        }

        ulong value = 0;
        var (array, first) = Place(offset);
        if (array == Icfgr)
        {
            for (var position = 0; position < 16; position++)
            {
                value |= (Find(first, position) is { IsEdge: true }).At((2 * position) + 1);
            }

            return value;
        }

        for (var bit = 0; bit < 32; bit++)
        {
            value |= (Find(first, bit) is { } interrupt && ReadBit(interrupt, array)).At(bit);
        }

        return value;
    }

    public void Write(uint offset, int sizeBytes, ulong value)
    {
        if (IsPriority(offset))
        {
            WritePriorities(offset, sizeBytes, value);
            return;
        }

        if (sizeBytes != 4 || offset % 4 != 0)
        {
            return;
        }

        var (array, first) = Place(offset);
        for (var position = 0; position < 16 && array == Icfgr; position++)
        {
            Find(first, position)?.Configure(value.Bit((2 * position) + 1));
        }

        for (var bit = 0; bit < 32 && array != Icfgr; bit++)
        {
            if (Find(first, bit) is { } interrupt)
            {
                WriteBit(interrupt, array, value.Bit(bit));
            }
        }
    }

    private static bool ReadBit(Interrupt interrupt, uint array) => array switch
    {
        Igroupr => interrupt.Group1,
        Isenabler or Icenabler => interrupt.Enabled,
        Ispendr or Icpendr => interrupt.IsPending,
        Isactiver or Icactiver => interrupt.Active,
        // With one security state there is no group modifier, and no access control.
        _ => false,
    };

    /// <summary>A 0 changes a group and nothing else. ICPENDR does not take a high line away: rd 10.3.</summary>
    private static void WriteBit(Interrupt interrupt, uint array, bool bit)
    {
        switch (array)
        {
            case Igroupr:
                interrupt.Group1 = bit;
                break;
            case Isenabler or Icenabler when bit:
                interrupt.Enabled = array == Isenabler;
                break;
            case Ispendr or Icpendr when bit:
                interrupt.Latch = array == Ispendr;
                break;
            case Isactiver or Icactiver when bit:
                interrupt.Active = array == Isactiver;
                break;
            default:
                break;
        }
    }

    /// <summary>The array, and the INTID of its register's lowest bits.</summary>
    private static (uint Array, uint First) Place(uint offset)
    {
        if (offset is >= Icfgr and < Icfgr + 0x100)
        {
            return (Icfgr, (offset - Icfgr) / 4 * 16);
        }

        var array = offset & ~0x7Fu;
        return (array, (offset - array) / 4 * 32);
    }

    private static bool IsPriority(uint offset) => offset is >= Ipriorityr and < Ipriorityr + 0x400;

    // rd 6: byte accessible.
    private static bool IsPriorityAccess(uint offset, int sizeBytes) =>
        sizeBytes == 1 || (sizeBytes == 4 && offset % 4 == 0);

    private ulong ReadPriorities(uint offset, int sizeBytes)
    {
        ulong value = 0;
        for (var position = 0; position < sizeBytes && IsPriorityAccess(offset, sizeBytes); position++)
        {
            value |= (ulong)(Find(offset - Ipriorityr, position)?.Priority ?? 0) << (8 * position);
        }

        return value;
    }

    private void WritePriorities(uint offset, int sizeBytes, ulong value)
    {
        for (var position = 0; position < sizeBytes && IsPriorityAccess(offset, sizeBytes); position++)
        {
            if (Find(offset - Ipriorityr, position) is { } interrupt)
            {
                var written = value.Field((8 * position) + 7, 8 * position);
                interrupt.Priority = (byte)(written & machine.Profile.KeptPriorityBits);
            }
        }
    }

    private Interrupt? Find(uint first, int position) => interrupts.GetValueOrDefault(first + (uint)position);
}
