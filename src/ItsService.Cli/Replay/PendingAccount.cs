namespace ItsService.Cli.Replay;

/// <summary>An LPI that is pending on a CPU.</summary>
internal readonly record struct PendingLpi(uint Cpu, uint IntId)
{
    public override string ToString() => $"LPI {IntId} on CPU {Cpu}";
}

/// <summary>What a message or an INT command does: makes an LPI pending (again or newly), or is dropped.</summary>
internal readonly record struct ExpectedSignal(PendingLpi? Lpi, bool WasPending)
{
    public static readonly ExpectedSignal Dropped;
}

/// <summary>
/// Which LPIs are pending on which CPU, worked out from the recording alone, by the shortest model of an ITS that can:
/// maps from DeviceID to EventID to (INTID, collection), and from collection to CPU. It shares nothing with the service
/// on purpose: the two are compared. It knows nothing of configuration, since a disabled LPI becomes pending as well.
/// </summary>
internal sealed class PendingAccount
{
    private readonly Dictionary<uint, MappedDevice> _devices = [];
    private readonly Dictionary<uint, uint> _collections = [];
    private readonly CpuState[] _cpus;

    public PendingAccount(int cpuCount)
    {
        _cpus = [.. Enumerable.Range(0, cpuCount).Select(_ => new CpuState())];
    }

    /// <summary>GITS_CTLR.Enabled: messages are dropped while it is 0.</summary>
    public bool ItsEnabled { get; set; }

    /// <summary>What is pending now, ordered by CPU and INTID.</summary>
    public IEnumerable<PendingLpi> Pending =>
        _cpus.SelectMany((cpu, index) => cpu.Pending.Select(intId => new PendingLpi((uint)index, intId)));

    public ExpectedSignal Signal(uint deviceId, uint eventId)
    {
        if (!ItsEnabled || Find(deviceId, eventId) is not { } mapped
            || !_collections.TryGetValue(mapped.CollectionId, out var cpu)
            || !IsCpu(cpu) || !_cpus[cpu].LpisEnabled)
        {
            return ExpectedSignal.Dropped;
        }

        var wasPending = !_cpus[cpu].Pending.Add(mapped.IntId);
        return new ExpectedSignal(new PendingLpi(cpu, mapped.IntId), wasPending);
    }

    public void Acknowledge(uint cpu, uint intId) => _cpus[cpu].Pending.Remove(intId);

    /// <summary>
    /// GICR_CTLR.EnableLPIs. Disabled, the pending state lies in the pending table; enabled again it is read from
    /// there, unless GICR_PENDBASER.PTZ has said since the last time that the table is zero.
    /// </summary>
    public void EnableLpis(uint cpu, bool enabled)
    {
        var state = _cpus[cpu];
        if (enabled && !state.LpisEnabled)
        {
            state.Pending.UnionWith(state.PendingTableIsZero ? [] : state.Saved);
            state.PendingTableIsZero = false;
        }
        else if (!enabled && state.LpisEnabled)
        {
            state.Saved.Clear();
            state.Saved.UnionWith(state.Pending);
            state.Pending.Clear();
        }

        state.LpisEnabled = enabled;
    }

    /// <summary>GICR_PENDBASER.PTZ.</summary>
    public void DeclarePendingTableZero(uint cpu, bool isZero) => _cpus[cpu].PendingTableIsZero = isZero;

    /// <summary>GITS_BASER0 says where another table lies: nothing is mapped in it.</summary>
    public void ReplaceDeviceTable() => _devices.Clear();

    /// <summary>GITS_BASER1 says where another table lies: nothing is mapped in it.</summary>
    public void ReplaceCollectionTable() => _collections.Clear();

    public void Execute(RecordedCommand command)
    {
        switch (command.Opcode)
        {
            case RecordedOpcode.Mapd:
                _devices.Remove(command.DeviceId);
                if (command.Valid)
                {
                    _devices.Add(command.DeviceId, new MappedDevice(command.EventIdBits));
                }

                break;
            case RecordedOpcode.Mapc when command.Valid:
                _collections[command.CollectionId] = command.TargetCpu;
                break;
            case RecordedOpcode.Mapc:
                _collections.Remove(command.CollectionId);
                break;
            case RecordedOpcode.Mapti:
                Map(command, command.IntId);
                break;
            case RecordedOpcode.Mapi:
                Map(command, command.EventId);
                break;
            case RecordedOpcode.Movi:
                Move(command);
                break;
            case RecordedOpcode.Movall:
                MoveAll(command.TargetCpu, command.SecondTargetCpu);
                break;
            case RecordedOpcode.Discard:
                ClearPending(command);
                if (_devices.TryGetValue(command.DeviceId, out var device))
                {
                    device.Events.Remove(command.EventId);
                }

                break;
            case RecordedOpcode.Clear:
                ClearPending(command);
                break;
            case RecordedOpcode.Int:
                Signal(command.DeviceId, command.EventId);
                break;
            default:
                // SYNC, INV and INVALL change nothing that is pending.
                break;
        }
    }

    private void Map(RecordedCommand command, uint intId)
    {
        if (_devices.TryGetValue(command.DeviceId, out var device))
        {
            device.Events[command.EventId] = new MappedEvent(intId, command.CollectionId);
        }
    }

    private void Move(RecordedCommand command)
    {
        if (Find(command.DeviceId, command.EventId) is not { } mapped
            || !_collections.TryGetValue(mapped.CollectionId, out var from)
            || !_collections.TryGetValue(command.CollectionId, out var to))
        {
            return;
        }

        _devices[command.DeviceId].Events[command.EventId] = mapped with { CollectionId = command.CollectionId };
        if (IsCpu(from) && IsCpu(to) && _cpus[from].Pending.Remove(mapped.IntId))
        {
            _cpus[to].Pending.Add(mapped.IntId);
        }
    }

    private void MoveAll(uint from, uint to)
    {
        if (IsCpu(from) && IsCpu(to) && from != to)
        {
            _cpus[to].Pending.UnionWith(_cpus[from].Pending);
            _cpus[from].Pending.Clear();
        }
    }

    private void ClearPending(RecordedCommand command)
    {
        if (Find(command.DeviceId, command.EventId) is { } mapped
            && _collections.TryGetValue(mapped.CollectionId, out var cpu) && IsCpu(cpu))
        {
            _cpus[cpu].Pending.Remove(mapped.IntId);
        }
    }

    private MappedEvent? Find(uint deviceId, uint eventId) =>
        _devices.TryGetValue(deviceId, out var device) && (ulong)eventId >> device.EventIdBits == 0
            && device.Events.TryGetValue(eventId, out var mapped)
            ? mapped
            : null;

    private bool IsCpu(uint number) => number < _cpus.Length;

    private readonly record struct MappedEvent(uint IntId, uint CollectionId);

    private sealed class MappedDevice(int eventIdBits)
    {
        public int EventIdBits { get; } = eventIdBits;

        public Dictionary<uint, MappedEvent> Events { get; } = [];
    }

    private sealed class CpuState
    {
        public bool LpisEnabled { get; set; }

        public bool PendingTableIsZero { get; set; }

        public SortedSet<uint> Pending { get; } = [];

        public HashSet<uint> Saved { get; } = [];
    }
}
