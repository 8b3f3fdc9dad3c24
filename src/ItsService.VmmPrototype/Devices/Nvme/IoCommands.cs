using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>The commands of the NVM command set: Flush, Write, Read.</summary>
internal sealed class IoCommands(GuestRam ram, NvmeDisk disk)
{
    private const byte Flush = 0x00;
    private const byte Write = 0x01;
    private const byte Read = 0x02;

    /// <summary>How many commands there were.</summary>
    public NvmeCounts Counts { get; } = new();

    public NvmeResult Execute(NvmeCommand command)
    {
        if (command.Opcode is not (Flush or Write or Read))
        {
            return NvmeStatus.InvalidOpcode;
        }

        if (!command.UsesPrps)
        {
            return NvmeStatus.InvalidField;
        }

        var isForAll = command.Opcode == Flush && command.NamespaceId == uint.MaxValue;
        if (command.NamespaceId != IdentifyPages.NamespaceId && !isForAll)
        {
            return NvmeStatus.InvalidNamespace;
        }

        if (command.Opcode == Flush)
        {
            disk.Flush();
            Counts.Flushes++;
            return NvmeStatus.Success;
        }

        return Transfer(command);
    }

    private NvmeStatus Transfer(NvmeCommand command)
    {
        var lengthBytes = (int)command.BlockCount << NvmeDisk.BlockShift;
        if (lengthBytes > PrpList.PageBytes << IdentifyPages.TransferPagesShift)
        {
            return NvmeStatus.InvalidField;
        }

        var first = command.FirstBlock;
        if (!disk.Contains(first, command.BlockCount))
        {
            return NvmeStatus.LbaOutOfRange;
        }

        if (command.Opcode == Read)
        {
            Counts.Reads++;
            return PrpList.Move(
                ram, command, lengthBytes,
                (guest, offset) => disk.Span(first, (ulong)offset, guest.Length).CopyTo(guest));
        }

        Counts.Writes++;
        return PrpList.Move(
            ram, command, lengthBytes,
            (guest, offset) => guest.CopyTo(disk.Span(first, (ulong)offset, guest.Length)));
    }
}
