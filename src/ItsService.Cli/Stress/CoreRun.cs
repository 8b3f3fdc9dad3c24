using System.Diagnostics;
using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Submissions;
using ItsService.Protocol.V1;
using EventId = ItsService.Core.Identifiers.EventId;

namespace ItsService.Cli.Stress;

/// <summary>
/// Sends to the model itself, in this process and without any service: one thread that sends, and after each iteration
/// takes what is pending at every vCPU.
/// </summary>
internal sealed class CoreRun
{
    private const uint Spurious = 1023;
    private const int CommandsPerStep = 4096;
    private const ulong Valid = 1UL << 63;
    private const ulong Pages64KiB = 2UL << 8;

    private readonly StressShape _shape;
    private readonly StressLedger _ledger;

    public CoreRun(StressShape shape, StressLedger ledger)
    {
        _shape = shape;
        _ledger = ledger;
        var ram = new GuestRange(new GuestAddress(StressGuest.Ram), StressGuest.RamSizeBytes);
        var memory = new SparseGuestMemory([new Core.Memory.MemoryRegion(ram)]);
        memory.Write(new GuestAddress(StressGuest.ConfigurationTable), StressGuest.Configurations);
        Gic = new VirtualGic(
            new VirtualGicConfiguration
            {
                Affinities = [.. Enumerable.Range(0, shape.Vcpus).Select(vcpu => Affinity.Default(new(vcpu)))],
            },
            memory);
        Start();
        Map(new StressGuest(shape));
    }

    /// <summary>The model, whose guest has mapped everything.</summary>
    public VirtualGic Gic { get; }

    /// <summary>Runs, and tells how long the sending has taken, and all of it.</summary>
    public (TimeSpan Sending, TimeSpan All) Run(Action<int> progress, CancellationToken cancellationToken)
    {
        var sending = 0L;
        var startedAt = Stopwatch.GetTimestamp();
        for (var iteration = 0; iteration < _shape.Iterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var device = 0; device < _shape.Devices; device++)
            {
                var begin = Stopwatch.GetTimestamp();
                Send(device);
                sending += Stopwatch.GetTimestamp() - begin;
                if (!_shape.Coalesces || device == _shape.Devices - 1)
                {
                    TakeAll();
                }
            }

            if (iteration % 1024 == 0)
            {
                progress((int)(_ledger.Sent / 1000));
            }
        }

        return (Stopwatch.GetElapsedTime(0, sending), Stopwatch.GetElapsedTime(startedAt));
    }

    private void Send(int device)
    {
        for (var eventId = 0; eventId < _shape.Events; eventId++)
        {
            var index = _shape.IndexOf(device, eventId);
            var startedAt = Stopwatch.GetTimestamp();
            _ledger.NoteSending();
            var result = Gic.SignalMsi(0, new DeviceId((uint)device), new EventId((uint)eventId));
            _ledger.NoteOutcome(
                index,
                result.Outcome switch
                {
                    Core.Translation.MsiOutcome.Pended => MsiOutcome.Pended,
                    Core.Translation.MsiOutcome.Coalesced => MsiOutcome.Coalesced,
                    _ => MsiOutcome.Unspecified,
                },
                startedAt);
        }
    }

    private void TakeAll()
    {
        for (var vcpu = 0; vcpu < _shape.Vcpus; vcpu++)
        {
            var index = new VcpuIndex(vcpu);
            while ((uint)Gic.ReadSystemRegister(index, SystemRegister.IccIar1).Value is var taken
                && taken != Spurious)
            {
                _ledger.NoteAcknowledged(taken, vcpu);
                Gic.WriteSystemRegister(index, SystemRegister.IccEoir1, taken);
            }
        }
    }

    private void Start()
    {
        Write(FrameKind.Gicd, 0, "GICD_CTLR", 2);
        for (var vcpu = 0; vcpu < _shape.Vcpus; vcpu++)
        {
            Write(
                FrameKind.Gicr, vcpu, "GICR_PROPBASER",
                StressGuest.ConfigurationTable | StressGuest.IntIdBitsLessOne);
            Write(FrameKind.Gicr, vcpu, "GICR_PENDBASER", StressGuest.PendingTable(vcpu));
            Write(FrameKind.Gicr, vcpu, "GICR_CTLR", 1);
            Gic.WriteSystemRegister(new VcpuIndex(vcpu), SystemRegister.IccPmr, 0xF0);
            Gic.WriteSystemRegister(new VcpuIndex(vcpu), SystemRegister.IccIgrpen1, 1);
        }

        Write(
            FrameKind.Gits, 0, "GITS_BASER0",
            Valid | StressGuest.DeviceTable | Pages64KiB | (StressGuest.DeviceTablePages - 1));
        Write(FrameKind.Gits, 0, "GITS_BASER1", Valid | StressGuest.CollectionTable | Pages64KiB);
        Write(FrameKind.Gits, 0, "GITS_CBASER", Valid | StressGuest.Queue | ((StressGuest.QueueSizeBytes / 4096) - 1));
        Write(FrameKind.Gits, 0, "GITS_CTLR", 1);
    }

    private void Write(FrameKind frame, int index, string name, ulong value)
    {
        var (offset, sizeBytes) = name switch
        {
            "GICD_CTLR" or "GICR_CTLR" or "GITS_CTLR" => (0x0, 4),
            "GICR_PROPBASER" => (0x70, 8),
            "GICR_PENDBASER" => (0x78, 8),
            "GITS_CBASER" => (0x80, 8),
            "GITS_BASER0" => (0x100, 8),
            _ => (0x108, 8),
        };
        Gic.WriteRegister(new FrameLocation(frame, index, offset), sizeBytes, value);
    }

    private void Map(StressGuest guest)
    {
        foreach (var slots in guest.Commands().Chunk(CommandsPerStep))
        {
            var submission = new CommandSubmission([.. slots.SelectMany(slot => slot)]);
            Gic.Submit(0, submission);
            while (!submission.IsEnded)
            {
                Gic.Step(CommandsPerStep);
            }
        }
    }
}
