namespace ItsService.Cli.Replay;

/// <summary>
/// Follows the recorded writes of the registers that say where the command queue lies, whether commands execute, and
/// what may be pending. It tells the account.
/// </summary>
internal sealed class WrittenRegisters(PendingAccount account)
{
    private const uint GitsCtlr = 0x0000;
    private const uint GitsCbaser = 0x0080;
    private const uint GitsCwriter = 0x0088;
    private const uint GitsBaser0 = 0x0100;
    private const uint GitsBaser1 = 0x0108;
    private const uint GicrCtlr = 0x0000;
    private const uint GicrPendbaser = 0x0078;
    private const int EnableLpisBit = 0;
    private const int PendingTableZeroBit = 62;
    private const ulong QueueAddressMask = 0x000F_FFFF_FFFF_F000;
    private const ulong PointerMask = 0xF_FFE0;

    // Valid, Indirect, Physical_Address, Page_Size and Size: what makes it another table. The rest are attributes.
    private const ulong TableIdentityMask = 0xC000_FFFF_FFFF_F3FF;

    private readonly Dictionary<(RegisterBlock Block, uint Cpu, uint Offset), ulong> _doublewords = [];

    /// <summary>Null until GITS_CBASER was written.</summary>
    public ulong? QueueAddress { get; private set; }

    /// <summary>The offset that GITS_CREADR reaches when all that was queued has been executed.</summary>
    public uint WritePointer { get; private set; }

    /// <summary>Takes a write. True when queued commands execute because of it.</summary>
    public bool Take(WriteLine write)
    {
        var register = write.Register;
        var before = Doubleword(register);
        var after = Store(write);
        return (register.Block, register.Offset & ~7u) switch
        {
            (RegisterBlock.Gits, GitsCtlr) when register.Offset == GitsCtlr => TakeControl(after),
            (RegisterBlock.Gits, GitsCbaser) => TakeQueueBase(after),
            (RegisterBlock.Gits, GitsCwriter) => TakeWritePointer(after),
            (RegisterBlock.Gits, GitsBaser0 or GitsBaser1) => TakeTable(register.Offset & ~7u, before, after),
            (RegisterBlock.Gicr, GicrCtlr) when register.Offset == GicrCtlr => TakeRedistributor(register.Cpu, after),
            (RegisterBlock.Gicr, GicrPendbaser) => TakePendingTable(register.Cpu, after),
            _ => false,
        };
    }

    private bool TakeControl(ulong value)
    {
        account.ItsEnabled = (value & 1) != 0;
        return account.ItsEnabled;
    }

    /// <summary>A new queue is empty.</summary>
    private bool TakeQueueBase(ulong value)
    {
        QueueAddress = value & QueueAddressMask;
        return false;
    }

    private bool TakeWritePointer(ulong value)
    {
        WritePointer = (uint)(value & PointerMask);
        return account.ItsEnabled;
    }

    private bool TakeTable(uint offset, ulong before, ulong after)
    {
        if (account.ItsEnabled || (before & TableIdentityMask) == (after & TableIdentityMask))
        {
            return false;
        }

        if (offset == GitsBaser0)
        {
            account.ReplaceDeviceTable();
        }
        else
        {
            account.ReplaceCollectionTable();
        }

        return false;
    }

    private bool TakeRedistributor(uint cpu, ulong value)
    {
        account.EnableLpis(cpu, (value >> EnableLpisBit & 1) != 0);
        return false;
    }

    private bool TakePendingTable(uint cpu, ulong value)
    {
        account.DeclarePendingTableZero(cpu, (value >> PendingTableZeroBit & 1) != 0);
        return false;
    }

    private ulong Doubleword(RecordedRegister register) =>
        _doublewords.GetValueOrDefault((register.Block, register.Cpu, register.Offset & ~7u));

    /// <summary>Puts the bytes of the write into the doubleword that they belong to.</summary>
    private ulong Store(WriteLine write)
    {
        var register = write.Register;
        var shift = (int)(register.Offset & 7) * 8;
        var mask = (ulong.MaxValue >> (64 - (8 * (int)write.SizeBytes))) << shift;
        var value = (Doubleword(register) & ~mask) | ((write.Value << shift) & mask);
        _doublewords[(register.Block, register.Cpu, register.Offset & ~7u)] = value;
        return value;
    }
}
