using System.Diagnostics;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Replay;

/// <summary>
/// Does to a VM what a recording says was done to the recorded machine, in the same order, and compares what comes
/// back. Accesses between two messages travel in batches; each is compared by itself all the same.
/// </summary>
internal sealed class RecordingReplayer
{
    private const uint GitsCreadr = 0x0090;
    private const uint TranslationFrame = 0x10000;
    private const ulong ReadPointerMask = 0xF_FFE0;
    private const ulong StalledBit = 1;
    private const string Dropped = "dropped";

    /// <summary>How long the service may take for what one write made it execute.</summary>
    private static readonly TimeSpan CommandsTimeout = TimeSpan.FromSeconds(5);

    private readonly ReplayedVm _vm;
    private readonly Recording _recording;
    private readonly ReplaySink _sink;
    private readonly AccessSequence _sequence;
    private readonly PendingAccount _account;
    private readonly WrittenRegisters _registers;
    private readonly HighestPendingChecks _highestPending;
    private readonly List<RecordedCommand> _queued = [];
    private readonly byte[] _slot = new byte[RecordedCommand.SizeBytes];
    private string _phase = "";

    public RecordingReplayer(ReplayedVm vm, ServerLimits limits, Recording recording, ReplaySink sink)
    {
        _vm = vm;
        _recording = recording;
        _sink = sink;
        _sequence = new AccessSequence(
            vm.Handle,
            limits,
            (line, error) => Mismatch(line, "access", "to be made", $"{error.Reason}: {error.Message}"));
        _account = new PendingAccount(recording.Header.CpuCount);
        _registers = new WrittenRegisters(_account);
        _highestPending = new HighestPendingChecks(
            _sequence,
            (line, got) => Mismatch(line, $"HPPI of CPU {line.Cpu}", line.IntId, got));
    }

    private ReplayReport Report => _sink.Report;

    /// <summary>Replays all of it, or as far as the sink wants.</summary>
    public async Task ReplayAsync(CancellationToken cancellationToken)
    {
        for (var index = 0; index < _recording.Lines.Count; index++)
        {
            var line = _recording.Lines[index];
            _sequence.Line = line;
            await ReplayLineAsync(line, cancellationToken);
            if (line.IsOperation)
            {
                await _highestPending.TakeAsync(line, cancellationToken);
            }

            if (_sink.WantsToStop)
            {
                return;
            }

            _sink.Progress(index + 1);
        }

        _highestPending.End();
        await _sequence.FlushAsync(cancellationToken);
        await ComparePendingAsync(cancellationToken);
    }

    private async ValueTask ReplayLineAsync(RecordingLine line, CancellationToken cancellationToken)
    {
        switch (line)
        {
            case MarkLine mark:
                _sequence.Then(() => _phase = mark.Phase);
                await MoveAsync(cancellationToken);
                break;
            case FillLine fill:
                await _sequence.FillMemoryAsync(
                    new GuestAddress(fill.Address), fill.LengthBytes, fill.Byte, cancellationToken);
                break;
            case MemoryLine memory:
                await _sequence.WriteMemoryAsync(new GuestAddress(memory.Address), memory.Bytes, cancellationToken);
                break;
            case QueuedCommandLine command:
                await QueueAsync(command, cancellationToken);
                break;
            case HppiLine highestPending:
                Report.HighestPendings++;
                await _highestPending.TakeAsync(highestPending, cancellationToken);
                break;
            case ReadLine read:
                await ReadAsync(read, cancellationToken);
                break;
            case WriteLine write:
                await WriteAsync(write, cancellationToken);
                break;
            case BadAccessLine:
                // Not made either: what has no register in the recorded machine may mean something here.
                Report.NotCompared++;
                break;
            case MsiLine message:
                await SignalAsync(message, cancellationToken);
                break;
            case AcknowledgeLine acknowledge:
                await AcknowledgeAsync(acknowledge, cancellationToken);
                break;
            case EndOfInterruptLine end:
                await _sequence.WriteSystemRegisterAsync(
                    new VcpuIndex(end.Cpu), SystemRegisterId.IccEoir1, end.IntId, cancellationToken);
                break;
            case IccWriteLine write:
                await _sequence.WriteSystemRegisterAsync(
                    new VcpuIndex(write.Cpu), SystemRegisterOf(write.Register), write.Value, cancellationToken);
                break;
            default:
                throw new UnreachableException($"no way to replay a {line.GetType().Name}");
        }
    }

    /// <summary>What has been queued and not run yet is in memory, and moves with it.</summary>
    private async ValueTask MoveAsync(CancellationToken cancellationToken)
    {
        if (_vm.Moves)
        {
            await _sequence.FlushAsync(cancellationToken);
            _sequence.MoveTo(await _vm.MoveAsync(_sequence.WrittenPieces, cancellationToken));
            Report.Moves++;
        }
    }

    private async ValueTask QueueAsync(QueuedCommandLine line, CancellationToken cancellationToken)
    {
        Report.Commands++;
        if (_registers.QueueAddress is not { } queueAddress)
        {
            throw new InputException(
                $"{_recording.FileName}: line {line.Number}: a CMD stands before GITS_CBASER was written");
        }

        line.Command.CopyTo(_slot);
        await _sequence.WriteMemoryAsync(new GuestAddress(queueAddress) + line.QueueOffset, _slot, cancellationToken);
        _queued.Add(line.Command);
    }

    private async ValueTask ReadAsync(ReadLine line, CancellationToken cancellationToken)
    {
        Report.Reads++;
        await _sequence.ReadAsync(PlaceOf(line.Register), new AccessSize(line.SizeBytes), Compare, cancellationToken);

        void Compare(ulong got)
        {
            if (got != line.Value)
            {
                Mismatch(line, $"read of {line.Register}", $"0x{line.Value:x}", $"0x{got:x}");
            }
        }
    }

    private async ValueTask WriteAsync(WriteLine line, CancellationToken cancellationToken)
    {
        var size = new AccessSize(line.SizeBytes);
        await _sequence.WriteAsync(PlaceOf(line.Register), size, line.Value, cancellationToken);
        if (!_registers.Take(line) || _queued.Count == 0)
        {
            return;
        }

        foreach (var command in _queued)
        {
            _account.Execute(command);
        }

        _queued.Clear();
        await WaitForCommandsAsync(cancellationToken);
    }

    /// <summary>
    /// The recorded machine executed all queued commands inside the write. This service may do some of them right after
    /// it; whatever follows in the recording comes after all of them.
    /// </summary>
    private async ValueTask WaitForCommandsAsync(CancellationToken cancellationToken)
    {
        var creadr = PlaceOf(new RecordedRegister(RegisterBlock.Gits, 0, GitsCreadr));
        ulong readPointer = 0;
        await _sequence.ReadAsync(creadr, AccessSize.Doubleword, value => readPointer = value, cancellationToken);
        await _sequence.FlushAsync(cancellationToken);
        var waited = Stopwatch.StartNew();
        while ((readPointer & ReadPointerMask) != _registers.WritePointer && (readPointer & StalledBit) == 0
            && waited.Elapsed < CommandsTimeout)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
            var answer = await _vm.Handle.ReadRegisterAsync(creadr, AccessSize.Doubleword, cancellationToken);
            readPointer = answer.Value;
        }
    }

    private async ValueTask SignalAsync(MsiLine line, CancellationToken cancellationToken)
    {
        Report.Msis++;
        await _sequence.FlushAsync(cancellationToken);
        var expected = _account.Signal(line.DeviceId, line.EventId);
        var answer = await _vm.Handle.SignalMsiAsync(
            new GuestAddress(_recording.Header.GitsBase) + (TranslationFrame + line.Offset),
            new DeviceId(line.DeviceId),
            new EventId(line.EventId),
            cancellationToken);
        var expectedText = Describe(expected);
        var gotText = Describe(answer.Result);
        if (expectedText != gotText)
        {
            var message = $"message of device 0x{line.DeviceId:x}, event {line.EventId}";
            Mismatch(line, message, expectedText, gotText == Dropped ? $"{answer.Result.Outcome}" : gotText);
        }
    }

    private async ValueTask AcknowledgeAsync(AcknowledgeLine line, CancellationToken cancellationToken)
    {
        Report.Acknowledges++;
        _account.Acknowledge(line.Cpu, line.IntId);
        await _sequence.ReadSystemRegisterAsync(
            new VcpuIndex(line.Cpu), SystemRegisterId.IccIar1, Compare, cancellationToken);

        void Compare(ulong got)
        {
            if (got != line.IntId)
            {
                Mismatch(line, $"acknowledge of CPU {line.Cpu}", line.IntId, got);
            }
        }
    }

    /// <summary>At the end nothing is pending but what the recording leaves.</summary>
    private async Task ComparePendingAsync(CancellationToken cancellationToken)
    {
        var left = _account.Pending.ToHashSet();
        await foreach (var entry in _vm.Handle.DumpTablesAsync(cancellationToken))
        {
            if (entry.PendingLpi is { } pending && !left.Remove(new PendingLpi(pending.Vcpu, pending.IntId)))
            {
                var lpi = new PendingLpi(pending.Vcpu, pending.IntId);
                _sink.Take(new Mismatch(null, _phase, $"{lpi}", "not pending", "pending"));
            }
        }

        foreach (var lpi in left.OrderBy(lpi => (lpi.Cpu, lpi.IntId)))
        {
            _sink.Take(new Mismatch(null, _phase, $"{lpi}", "pending", "not pending"));
        }
    }

    private static string Describe(ExpectedSignal signal) =>
        signal.Lpi is { } lpi ? $"{lpi} {(signal.WasPending ? "coalesced" : "pended")}" : Dropped;

    private static string Describe(SignalMsiResult result) => result.Outcome switch
    {
        MsiOutcome.Pended => $"{new PendingLpi(result.Vcpu, result.IntId)} pended",
        MsiOutcome.Coalesced => $"{new PendingLpi(result.Vcpu, result.IntId)} coalesced",
        _ => Dropped,
    };

    private static SystemRegisterId SystemRegisterOf(IccRegister register) => register switch
    {
        IccRegister.Pmr => SystemRegisterId.IccPmr,
        IccRegister.Bpr => SystemRegisterId.IccBpr1,
        IccRegister.Ctlr => SystemRegisterId.IccCtlr,
        IccRegister.Igrpen => SystemRegisterId.IccIgrpen1,
        IccRegister.Dir => SystemRegisterId.IccDir,
        _ => throw new UnreachableException($"no register is {register}"),
    };

    /// <summary>As a VMM forwards a guest's access: by guest physical address.</summary>
    private RegisterPlace PlaceOf(RecordedRegister register)
    {
        var header = _recording.Header;
        var frameBase = register.Block switch
        {
            RegisterBlock.Gits => header.GitsBase,
            RegisterBlock.Gicd => header.GicdBase,
            RegisterBlock.Gicr => header.GicrBase + (register.Cpu * RecordingHeader.GicrStrideBytes),
            _ => throw new UnreachableException($"no block is {register.Block}"),
        };
        return RegisterPlace.At(new GuestAddress(frameBase + register.Offset));
    }

    private void Mismatch(RecordingLine line, string what, object expected, object got) =>
        _sink.Take(new Mismatch(line.Number, _phase, what, $"{expected}", $"{got}"));
}
