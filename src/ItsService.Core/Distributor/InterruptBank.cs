using System.Collections.Immutable;
using ItsService.Core.Identifiers;
using ItsService.Core.State;

namespace ItsService.Core.Distributor;

/// <summary>
/// 32 INTIDs with one bit each in the GIC's banked registers: SGIs and PPIs in a redistributor, SPIs in the
/// distributor (redistributor-lpi sections 6, 10 and 10.3). LPIs have no part in it. Its registers are
/// <see cref="BankRegisters"/>.
/// </summary>
internal sealed class InterruptBank
{
    /// <summary>INTIDs in a bank.</summary>
    public const int Size = 32;

    /// <summary>SGIs are always edge triggered, and their configuration is fixed.</summary>
    private const uint SgiConfiguration = 0xAAAA_AAAA;

    private const uint LastSpi = 1019;

    private readonly IInterruptOwner _owner;
    private uint _pendingBefore;
    private readonly byte[] _priorities = new byte[Size];
    private readonly uint[] _configuration = new uint[2];

    public InterruptBank(IInterruptOwner owner, uint firstIntId)
    {
        _owner = owner;
        FirstIntId = firstIntId;
        Implemented = ImplementedIn(firstIntId);
    }

    public uint FirstIntId { get; }

    /// <summary>1 where there is an INTID: those from 1020 on mean something else.</summary>
    public uint Implemented { get; }

    public bool IsPrivate => FirstIntId == 0;

    /// <summary>1 where the INTID is in Group 1.</summary>
    public uint Group1 { get; private set; }

    public uint Enabled { get; private set; }

    /// <summary>Pending by software, a message or an edge, apart from any level.</summary>
    public uint PendingLatch { get; private set; }

    public uint Active { get; private set; }

    /// <summary>1 where the device's line, or a message, has the level high.</summary>
    public uint Level { get; private set; }

    /// <summary>1 where the device wants to be told of the end.</summary>
    public uint NotifiesEnd { get; private set; }

    /// <summary>1 where the device has not been told yet.</summary>
    public uint Ended { get; private set; }

    /// <summary>1 where GICD_ICFGR says that it is edge triggered.</summary>
    public uint EdgeTriggered { get; private set; }

    /// <summary>1 where it became pending since <see cref="BeginHistory"/>.</summary>
    public uint WasPending { get; private set; }

    /// <summary>1 where a vCPU has acknowledged it since it became pending last.</summary>
    public uint WasAcknowledged { get; private set; }

    /// <summary>1 where a restored state does not tell what was before, and it did not become pending since.</summary>
    public uint IsHistoryUnknown { get; private set; }

    public uint Pending => PendingLatch | (Level & ~EdgeTriggered);

    /// <summary>1 where the vCPU that it is for can be interrupted, if its group is enabled.</summary>
    public uint Waiting => Pending & Enabled & ~Active;

    /// <summary>What a bank that begins there holds after a reset.</summary>
    public static InterruptBankState StateAtReset(bool isPrivate) => new(
        Group1: 0,
        Enabled: 0,
        PendingLatch: 0,
        Active: 0,
        Priorities: [.. new byte[Size]],
        Configuration: [isPrivate ? SgiConfiguration : 0, 0],
        Level: 0,
        NotifiesEnd: 0);

    public InterruptBankState Save() => new(
        Group1, Enabled, PendingLatch, Active, [.. _priorities], [.. _configuration], Level, NotifiesEnd);

    public void Restore(InterruptBankState state)
    {
        (Group1, Enabled, PendingLatch, Active, var priorities, var configuration, Level, NotifiesEnd) = state;
        priorities.CopyTo(_priorities);
        configuration.CopyTo(_configuration);
        Ended = 0;
        KeepImplemented();
        RefreshTrigger();
        BeginHistory();
        IsHistoryUnknown = ~Pending;
        _owner.InterruptsChanged(this, uint.MaxValue);
    }

    /// <summary>Nothing was before: after a reset.</summary>
    public void BeginHistory()
    {
        _pendingBefore = Pending;
        (WasPending, WasAcknowledged, IsHistoryUnknown) = (Pending, 0, 0);
    }

    /// <summary>Whether GICD_ICFGR can hold that.</summary>
    public static bool IsConfiguration(ImmutableArray<uint> registers, bool isPrivate) =>
        (!isPrivate || registers[0] == SgiConfiguration)
        && registers.All(register => (register & ~SgiConfiguration) == 0);

    /// <summary>1 where a bank that begins there has an INTID.</summary>
    public static uint ImplementedIn(uint firstIntId) =>
        firstIntId + Size - 1 > LastSpi ? (1u << (int)(LastSpi + 1 - firstIntId)) - 1 : uint.MaxValue;

    public IntId IntIdOf(int number) => new(FirstIntId + (uint)number);

    public byte PriorityOf(int number) => _priorities[number];

    public bool IsInGroup1(int number) => ((Group1 >> number) & 1) != 0;

    public uint ConfigurationOf(int index) => _configuration[index];

    public void SetGroup1(uint value)
    {
        var changed = (Group1 ^ value) & Implemented;
        Group1 ^= changed;
        NoteChange(changed);
    }

    public void Enable(uint interrupts)
    {
        Enabled |= interrupts & Implemented;
        NoteChange(interrupts);
    }

    public void Disable(uint interrupts)
    {
        Enabled &= ~interrupts;
        NoteChange(interrupts);
    }

    /// <summary>By software, a message or another vCPU, whatever the trigger.</summary>
    public void SetPending(uint interrupts)
    {
        PendingLatch |= interrupts & Implemented;
        NoteChange(interrupts);
    }

    /// <summary>A level that stays keeps it pending.</summary>
    public void ClearPending(uint interrupts)
    {
        PendingLatch &= ~interrupts;
        NoteChange(interrupts);
    }

    public void SetActive(uint interrupts)
    {
        Active |= interrupts & Implemented;
        NoteChange(interrupts);
    }

    /// <summary>By software that repairs a state: no device is told.</summary>
    public void ClearActive(uint interrupts)
    {
        Active &= ~interrupts;
        NoteChange(interrupts);
    }

    public void SetPriority(int number, byte priority)
    {
        if (((Implemented >> number) & 1) != 0)
        {
            _priorities[number] = priority;
            NoteChange(1u << number);
        }
    }

    /// <summary>The lower bit of each pair is RES0, and SGIs keep theirs.</summary>
    public void Configure(int index, uint value)
    {
        if (IsPrivate && index == 0)
        {
            return;
        }

        _configuration[index] = value & SgiConfiguration;
        KeepImplemented();
        RefreshTrigger();
        NoteChange(index == 0 ? 0xFFFFu : 0xFFFF_0000);
    }

    /// <summary>Moves a line. The rise of one makes an edge-triggered interrupt pending.</summary>
    public void SetLevel(int number, bool isHigh)
    {
        var bit = 1u << number;
        if (isHigh)
        {
            PendingLatch |= bit & EdgeTriggered & ~Level;
            Level |= bit;
        }
        else
        {
            Level &= ~bit;
        }

        NoteChange(bit);
    }

    public void SetNotifiesEnd(int number, bool notifies)
    {
        var bit = 1u << number;
        NotifiesEnd = notifies ? NotifiesEnd | bit : NotifiesEnd & ~bit;
    }

    /// <summary>All levels at once, from outside the guest: they are a state, and no edge comes of them.</summary>
    public void RestoreLevels(uint interrupts, uint value)
    {
        Level = (Level & ~interrupts) | (value & interrupts & Implemented);
        NoteChange(interrupts);
    }

    /// <summary>Pending to active (redistributor-lpi 9.2). A level that stays leaves it pending as well.</summary>
    public void Acknowledge(int number)
    {
        var bit = 1u << number;
        Active |= bit;
        PendingLatch &= ~bit;
        WasAcknowledged |= bit;
        NoteChange(bit);
    }

    /// <summary>A vCPU's end of an interrupt, or deactivation. Whether it was active.</summary>
    public bool Deactivate(int number)
    {
        var bit = Active & (1u << number);
        if (bit == 0)
        {
            return false;
        }

        Active &= ~bit;
        if ((bit & NotifiesEnd & ~EdgeTriggered) != 0)
        {
            Ended |= bit;
            _owner.InterruptsEnded(this);
        }

        NoteChange(bit);
        return true;
    }

    /// <summary>The ends that nobody was told of yet, which are forgotten here.</summary>
    public uint TakeEnded()
    {
        var ended = Ended;
        Ended = 0;
        return ended;
    }

    private void NoteChange(uint interrupts)
    {
        var risen = Pending & ~_pendingBefore;
        _pendingBefore = Pending;
        WasPending |= risen;
        WasAcknowledged &= ~risen;
        IsHistoryUnknown &= ~risen;
        _owner.InterruptsChanged(this, interrupts);
    }

    // A state may come from a version that kept bits of INTIDs that are none.
    private void KeepImplemented()
    {
        Group1 &= Implemented;
        Enabled &= Implemented;
        PendingLatch &= Implemented;
        Active &= Implemented;
        Level &= Implemented;
        NotifiesEnd &= Implemented;
        _configuration[0] &= Paired((ushort)Implemented);
        _configuration[1] &= Paired((ushort)(Implemented >> 16));
        for (var number = 0; number < Size; number++)
        {
            _priorities[number] &= ((Implemented >> number) & 1) != 0 ? byte.MaxValue : byte.MinValue;
        }
    }

    private void RefreshTrigger() =>
        EdgeTriggered = UpperBits(_configuration[0]) | (UpperBits(_configuration[1]) << 16);

    /// <summary>From one bit each to two.</summary>
    private static uint Paired(ushort bits)
    {
        var paired = 0u;
        for (var number = 0; number < 16; number++)
        {
            paired |= ((bits >> number) & 1) != 0 ? 3u << (2 * number) : 0;
        }

        return paired;
    }

    /// <summary>The upper bit of each pair: 1 is edge triggered.</summary>
    private static uint UpperBits(uint configuration)
    {
        var bits = 0u;
        for (var number = 0; number < 16; number++)
        {
            bits |= ((configuration >> ((2 * number) + 1)) & 1) << number;
        }

        return bits;
    }
}
