using System.Buffers.Binary;
using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>
/// Data of a command in guest memory, described by PRPs: one page, two, or a list of pages whose last entry may lead
/// to a further list (NVM Express Base Specification 1.3, 4.3).
/// </summary>
internal static class PrpList
{
    public const int PageBytes = 4096;

    private const ulong OffsetMask = PageBytes - 1;
    private const int EntryBytes = 8;

    /// <summary>Moves one piece: its bytes in guest memory, and how far into the data they are.</summary>
    public delegate void Mover(Span<byte> guest, int offset);

    /// <summary>Walks over the pieces in order. What came before a wrong address has been moved.</summary>
    public static NvmeStatus Move(GuestRam ram, NvmeCommand command, int lengthBytes, Mover move)
    {
        var first = Math.Min(lengthBytes, PageBytes - (int)(command.Prp1 & OffsetMask));
        if (!TryMove(ram, command.Prp1, first, 0, move))
        {
            return NvmeStatus.DataTransferError;
        }

        var left = lengthBytes - first;
        if (left == 0)
        {
            return NvmeStatus.Success;
        }

        if (left > PageBytes)
        {
            return MoveList(ram, command.Prp2, first, lengthBytes, move);
        }

        return (command.Prp2 & OffsetMask) != 0 ? NvmeStatus.InvalidPrpOffset
            : TryMove(ram, command.Prp2, left, first, move) ? NvmeStatus.Success
            : NvmeStatus.DataTransferError;
    }

    private static NvmeStatus MoveList(GuestRam ram, ulong list, int done, int lengthBytes, Mover move)
    {
        while (done < lengthBytes)
        {
            if (!ram.TrySpan(list, EntryBytes, out var entryBytes))
            {
                return NvmeStatus.DataTransferError;
            }

            var entry = BinaryPrimitives.ReadUInt64LittleEndian(entryBytes);
            if ((entry & OffsetMask) != 0)
            {
                return NvmeStatus.InvalidPrpOffset;
            }

            var left = lengthBytes - done;
            var isLastOfPage = (list & OffsetMask) == PageBytes - EntryBytes;
            if (isLastOfPage && left > PageBytes)
            {
                // It begins at the start of a page, so that each list has room for data and this comes to an end.
                list = entry;
                continue;
            }

            var piece = Math.Min(left, PageBytes);
            if (!TryMove(ram, entry, piece, done, move))
            {
                return NvmeStatus.DataTransferError;
            }

            done += piece;
            list += EntryBytes;
        }

        return NvmeStatus.Success;
    }

    private static bool TryMove(GuestRam ram, ulong address, int lengthBytes, int offset, Mover move)
    {
        if (!ram.TrySpan(address, lengthBytes, out var guest))
        {
            return false;
        }

        move(guest, offset);
        return true;
    }
}
