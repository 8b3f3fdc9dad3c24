using System.Buffers.Binary;
using ItsService.VmmPrototype.Devices.Pci;
using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>
/// An NVMe controller 1.3 with one namespace, a queue pair for each vCPU and a vector for each pair. Commands are
/// done where their doorbell is rung, on the guest's thread; the interrupt follows when all that were given are done.
/// </summary>
internal sealed class NvmeController : PciFunction
{
    private const ushort Vendor = 0xFADE;
    private const ushort Device = 0x0001;
    private const uint NvmExpress = 0x01_0802;
    private const uint BarBytes = 0x4000;
    private const uint DoorbellsOffset = 0x1000;
    private const uint TableOffset = 0x2000;
    private const uint PendingOffset = 0x3000;

    private readonly GuestRam _ram;
    private readonly NvmeDisk _disk;
    private readonly NvmeQueueSet _queues;
    private readonly AdminCommands _adminCommands;
    private readonly IoCommands _ioCommands;
    private readonly NvmeRegisters _registers = new();

    public NvmeController(GuestRam ram, NvmeDisk disk, int ioQueuesMax, MsiSender send)
        : base(
            new PciIdentity(Vendor, Device, NvmExpress),
            BarBytes,
            new PciMsixPlace(ioQueuesMax + 1, TableOffset, PendingOffset),
            send)
    {
        _ram = ram;
        _disk = disk;
        _queues = new NvmeQueueSet(ioQueuesMax);
        _adminCommands = new AdminCommands(ram, disk, _queues, ioQueuesMax + 1, Vendor);
        _ioCommands = new IoCommands(ram, disk);
    }

    public NvmeCounts Counts => _ioCommands.Counts;

    public override uint ReadBar(uint offset, int sizeBytes)
    {
        var value = (offset & ~3u) switch
        {
            < DoorbellsOffset => _registers.Read(offset & ~3u),
            >= TableOffset and < PendingOffset when IsInTable(offset) =>
                MsixTable.Read((int)(offset - TableOffset) & ~3),
            >= PendingOffset => MsixTable.ReadPending((int)(offset - PendingOffset) & ~3),
            _ => 0u,
        };
        return value >> (8 * ((int)offset & 3));
    }

    public override void WriteBar(uint offset, int sizeBytes, uint value)
    {
        if (sizeBytes != 4 || offset % 4 != 0)
        {
            return;
        }

        switch (offset)
        {
            case < DoorbellsOffset:
                WriteRegister(offset, value);
                break;
            case < TableOffset:
                RingDoorbell((offset - DoorbellsOffset) / 4, value);
                break;
            case < PendingOffset when IsInTable(offset):
                MsixTable.Write((int)(offset - TableOffset), value);
                break;
        }
    }

    private bool IsInTable(uint offset) => offset - TableOffset < MsixTable.VectorCount * MsixTable.EntryBytes;

    private void WriteRegister(uint offset, uint value)
    {
        switch (_registers.Write(offset, value))
        {
            case NvmeRegisterEffect.Enable:
                Reset();
                _queues.CreateAdmin(
                    _registers.AdminSubmissions, _registers.AdminSubmissionCount,
                    _registers.AdminCompletions, _registers.AdminCompletionCount);
                break;
            case NvmeRegisterEffect.Disable:
                Reset();
                break;
            case NvmeRegisterEffect.ShutDown:
                _disk.Flush();
                break;
        }
    }

    private void Reset()
    {
        _queues.Clear();
        _adminCommands.Reset();
    }

    private void RingDoorbell(uint number, uint value)
    {
        var queue = number / 2;
        if (!_registers.IsReady || !IsBusMaster)
        {
            return;
        }

        if (number % 2 != 0)
        {
            if (_queues.Completion(queue) is { } completions && completions.TryMoveHead(value & 0xFFFF))
            {
                ExecuteAll(_queues.Submissions.Where(submissions => submissions.Completions == completions).ToList());
            }
        }
        else if (_queues.Submission(queue) is { } submissions && submissions.TryMoveTail(value & 0xFFFF))
        {
            ExecuteAll([submissions]);
        }
    }

    private void ExecuteAll(List<SubmissionQueue> submissions)
    {
        foreach (var queue in submissions)
        {
            while (!queue.IsEmpty && !queue.Completions.IsFull && _registers.IsReady)
            {
                ExecuteNext(queue);
            }
        }

        foreach (var completions in _queues.Completions)
        {
            if (completions.HasNews)
            {
                completions.HasNews = false;
                SignalNews(completions);
            }
        }
    }

    private void SignalNews(CompletionQueue completions)
    {
        if (completions.Vector is { } vector)
        {
            MsixTable.Signal(vector);
        }
    }

    private void ExecuteNext(SubmissionQueue queue)
    {
        if (!_ram.TrySpan(queue.HeadAddress, NvmeCommand.SizeBytes, out var entry))
        {
            _registers.Fail();
            return;
        }

        var command = new NvmeCommand(entry);
        queue.Take();
        var result = queue.Id == 0 ? _adminCommands.Execute(command) : _ioCommands.Execute(command);
        if (!result.StaysOpen)
        {
            Complete(queue, command, result);
        }
    }

    private void Complete(SubmissionQueue queue, NvmeCommand command, NvmeResult result)
    {
        var completions = queue.Completions;
        if (!_ram.TrySpan(completions.TailAddress, CompletionQueue.EntryBytes, out var entry))
        {
            _registers.Fail();
            return;
        }

        // What has failed once fails again: Do Not Retry.
        var status = result.Status == NvmeStatus.Success ? 0u : (uint)result.Status | 0x4000;
        BinaryPrimitives.WriteUInt32LittleEndian(entry, result.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], queue.Head | ((uint)queue.Id << 16));
        BinaryPrimitives.WriteUInt32LittleEndian(
            entry[12..], command.Identifier | (completions.Phase ? 1u << 16 : 0) | (status << 17));
        completions.Put();
    }
}
