using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Userspace;

/// <summary>
/// A controller's state from outside the guest, register by register: KVM's device attributes (kvm-uapi). Reads are
/// possible in either run state; writes while the VM is Paused. No access executes a command or makes an interrupt
/// happen.
/// </summary>
/// <remarks>
/// What depends on one another is staged: the queue's three registers, GITS_BASERn, GITS_CTLR, the order to read the
/// tables, and of redistributors GICR_PROPBASER, GICR_PENDBASER and GICR_CTLR. It may be written in any order, is read
/// back as written, and comes into force as a whole by <see cref="Commit()"/>, which <see cref="VirtualGic.Resume"/>
/// does, too.
/// </remarks>
public sealed class GicUserspace
{
    private readonly VirtualGic _gic;
    private readonly GicParts _parts;

    // Spent with the first access: most VMs never see one.
    private UserspaceStage? _stage;

    internal GicUserspace(VirtualGic gic, GicParts parts)
    {
        _gic = gic;
        _parts = parts;
    }

    /// <summary>Whether something was written that is not in force yet.</summary>
    public bool HasStaged => _stage is { IsEmpty: false };

    /// <summary>Whether a commit does something: values that are in force already come to nothing.</summary>
    private bool HasEffect => HasStaged && Stage.HasEffect(_parts);

    private UserspaceStage Stage =>
        _stage ??= new UserspaceStage(_parts.Services.Length, _parts.Redistributors.Length);

    private bool IsRunning => _gic.State == RunState.Running;

    /// <summary>
    /// Gives places to frames that had none, in either run state; no state changes. That the others keep theirs, and
    /// that frames do not overlap, is the host's care.
    /// </summary>
    /// <exception cref="ArgumentNullException">There is no layout.</exception>
    public void Place(FrameLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        _parts.Layout = layout;
    }

    /// <summary>Whether an ITS has a register at that offset of its control frame.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public UserspaceResult FindItsRegister(int its, long offset)
    {
        _ = Service(its);
        return ItsRegisterAccess.Find(offset, out _, out _);
    }

    /// <summary>Reads a register of an ITS's control frame; 32-bit registers in the low half.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public UserspaceResult ReadItsRegister(int its, long offset)
    {
        var service = Service(its);
        var found = ItsRegisterAccess.Find(offset, out var row, out var index);
        return found.Error == UserspaceError.Invalid ? found
            : !HasPlace(its) ? NoPlace(its)
            : row is null ? found
            : UserspaceResult.Done(new ItsRegisterAccess(service, Stage.Services[its]).Read(row, index));
    }

    /// <summary>Writes a register of an ITS's control frame: staged, or ignored where it is read-only.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public UserspaceResult WriteItsRegister(int its, long offset, ulong value)
    {
        var service = Service(its);
        var found = ItsRegisterAccess.Find(offset, out var row, out var index);
        return found.Error == UserspaceError.Invalid ? found
            : IsRunning ? UserspaceResult.Running("registers of an ITS are not written")
            : !HasPlace(its) ? NoPlace(its)
            : row is null ? found
            : new ItsRegisterAccess(service, Stage.Services[its]).Write(row, index, value);
    }

    /// <summary>Whether a redistributor has a register at that offset of its two frames.</summary>
    public static UserspaceResult FindRedistributorRegister(uint offset) =>
        RedistributorRegisterAccess.Find(offset, out _);

    /// <summary>Reads 32 bits of a redistributor's frames; GICR_PENDBASER.PTZ reads 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public UserspaceResult ReadRedistributorRegister(VcpuIndex vcpu, uint offset)
    {
        var access = RedistributorAccess(vcpu);
        var found = RedistributorRegisterAccess.Find(offset, out var row);
        return row is null ? found : UserspaceResult.Done(access.Read(row, offset));
    }

    /// <summary>Writes 32 bits of a redistributor's frames.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public UserspaceResult WriteRedistributorRegister(VcpuIndex vcpu, uint offset, uint value)
    {
        var access = RedistributorAccess(vcpu);
        var found = RedistributorRegisterAccess.Find(offset, out var row);
        if (IsRunning || row is null)
        {
            return IsRunning ? UserspaceResult.Running("registers of a redistributor are not written") : found;
        }

        access.Write(row, offset, value);
        return UserspaceResult.Done();
    }

    /// <summary>Whether the distributor has a register at that offset.</summary>
    public static UserspaceResult FindDistributorRegister(uint offset) =>
        DistributorRegisterAccess.Find(offset, out _);

    /// <summary>Reads 32 bits of the distributor's frame.</summary>
    public UserspaceResult ReadDistributorRegister(uint offset)
    {
        var found = DistributorRegisterAccess.Find(offset, out var row);
        return row is null ? found : UserspaceResult.Done(new DistributorRegisterAccess(_parts).Read(row, offset));
    }

    /// <summary>Writes 32 bits of the distributor's frame.</summary>
    public UserspaceResult WriteDistributorRegister(uint offset, uint value)
    {
        var found = DistributorRegisterAccess.Find(offset, out var row);
        return IsRunning ? UserspaceResult.Running("registers of the distributor are not written")
            : row is null ? found
            : new DistributorRegisterAccess(_parts).Write(row, offset, value);
    }

    /// <summary>Whether a CPU interface has a register that holds state under that encoding.</summary>
    public static UserspaceResult FindSystemRegister(SystemRegister register) => SystemRegisterAccess.Find(register);

    /// <summary>Reads a register of a CPU interface.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public UserspaceResult ReadSystemRegister(VcpuIndex vcpu, SystemRegister register)
    {
        var access = SystemAccess(vcpu);
        var found = SystemRegisterAccess.Find(register);
        return found.Error == UserspaceError.None ? access.Read(register) : found;
    }

    /// <summary>Writes a register of a CPU interface.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public UserspaceResult WriteSystemRegister(VcpuIndex vcpu, SystemRegister register, ulong value)
    {
        var access = SystemAccess(vcpu);
        var found = SystemRegisterAccess.Find(register);
        return IsRunning ? UserspaceResult.Running("system registers are not written")
            : found.Error == UserspaceError.None ? access.Write(register, value)
            : found;
    }

    /// <summary>Whether there is that information about the lines of devices.</summary>
    /// <param name="number">What is asked in bits [31:10], and the first INTID of 32 in bits [9:0].</param>
    public static UserspaceResult FindLineLevels(uint number) => LineLevelAccess.Find(number);

    /// <summary>
    /// Reads the lines of 32 INTIDs, by <see cref="FindLineLevels"/>' number: of PPIs those of the vCPU.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public UserspaceResult ReadLineLevels(VcpuIndex vcpu, uint number) => LevelAccess(vcpu).Read(number);

    /// <summary>Writes them: they are a state, and no edge comes of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public UserspaceResult WriteLineLevels(VcpuIndex vcpu, uint number, uint levels)
    {
        var access = LevelAccess(vcpu);
        return IsRunning ? UserspaceResult.Running("lines are not written") : access.Write(number, levels);
    }

    /// <summary>
    /// Has the tables of an ITS read at the commit (KVM's RESTORE_TABLES). They are judged there, with the registers.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public UserspaceResult RestoreTables(int its)
    {
        _ = Service(its);
        if (IsRunning)
        {
            return UserspaceResult.Running("tables are not restored");
        }

        Stage.Services[its].RestoresTables = true;
        return UserspaceResult.Done();
    }

    /// <summary>
    /// Resets an ITS at once (KVM's ITS_CTRL_RESET): registers, mappings, and what is staged for it. What is pending at
    /// redistributors stays, and guest memory is not touched.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public UserspaceResult ResetIts(int its)
    {
        var service = Service(its);
        if (IsRunning)
        {
            return UserspaceResult.Running("an ITS is not reset");
        }

        // The attributes of the tables stay (kvm-uapi 4.2): only Valid goes.
        var basers = service.ControlFrame.Save().Basers;
        service.Reset();
        service.ControlFrame.Restore(service.ControlFrame.Save() with
        {
            Basers = [.. basers.Select(baser => baser & ~(1UL << 63))],
        });
        Stage.Services[its].Clear();
        return UserspaceResult.Done();
    }

    /// <summary>
    /// Writes what an ITS has mapped into its tables in guest memory (KVM's SAVE_TABLES). What is staged comes into
    /// force with it; where the save is refused it stays staged.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public CommitResult SaveTables(int its)
    {
        _ = Service(its);
        return Save(new TablesToSave(its, ItsCount: 1, HasPending: false));
    }

    /// <summary>
    /// Writes what is pending into the pending tables of all redistributors with LPIs enabled, and leaves it pending
    /// (KVM's SAVE_PENDING_TABLES). What is staged comes into force with it; where the save is refused it stays staged.
    /// </summary>
    public CommitResult SavePendingTables() => Save(new TablesToSave(FirstIts: 0, ItsCount: 0, HasPending: true));

    /// <summary>Both for all ITSs, or nothing of the VM's state changes.</summary>
    public CommitResult SaveAllTables() =>
        Save(new TablesToSave(FirstIts: 0, _parts.Services.Length, HasPending: true));

    /// <summary>
    /// How many commands will wait in the queue of an ITS that is enabled when what is staged is in force; none where
    /// its pointers are not in the queue. In either run state.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public int WaitingCommands(int its) =>
        new ItsRegisterAccess(Service(its), _stage?.Services[its] ?? new ItsStage()).WaitingCommands;

    /// <summary>
    /// Brings what is staged into force, or tells all that is wrong with it and leaves it staged. The VM stays Paused.
    /// While it runs nothing is staged, and there is nothing to do.
    /// </summary>
    public CommitResult Commit() => Commit(keepsTakenBits: false);

    /// <summary>The same, and tells what becomes of pending tables.</summary>
    /// <param name="keepsTakenBits">
    /// Whether the bits of LPIs that a restore takes out of pending tables stay there, so that it can be done again;
    /// otherwise they become zero, as KVM makes them.
    /// </param>
    public CommitResult Commit(bool keepsTakenBits)
    {
        if (IsRunning || !HasEffect)
        {
            _stage = null;
            _parts.Lines.Settle();
            return CommitResult.Done;
        }

        var result = StageCommit.Run(_parts, Stage, default, keepsTakenBits);
        _stage = result.IsDone ? null : _stage;
        return result;
    }

    /// <summary>Forgets what is staged.</summary>
    internal void Discard() => _stage = null;

    private CommitResult Save(TablesToSave tables)
    {
        if (IsRunning)
        {
            return CommitResult.Running;
        }

        var result = HasEffect ? StageCommit.Run(_parts, Stage, tables) : tables.Write(_parts);
        _stage = result.IsDone ? null : _stage;
        return result;
    }

    private bool HasPlace(int its) => its < _parts.Layout.ItsBases.Count && _parts.Layout.ItsBases[its] is not null;

    private static UserspaceResult NoPlace(int its) =>
        UserspaceResult.NoSuchRegister($"ITS {its} has no place in guest memory yet");

    private InterruptTranslationService Service(int number)
    {
        IndexRange.ThrowUnlessBelow(_parts.Services.Length, number, nameof(number));
        return _parts.Services[number];
    }

    private RedistributorRegisterAccess RedistributorAccess(VcpuIndex vcpu)
    {
        IndexRange.ThrowUnlessBelow(_parts.Redistributors.Length, vcpu.Value, nameof(vcpu));
        return new RedistributorRegisterAccess(_parts, _parts.Redistributors[vcpu.Value], Stage);
    }

    private LineLevelAccess LevelAccess(VcpuIndex vcpu)
    {
        IndexRange.ThrowUnlessBelow(_parts.Redistributors.Length, vcpu.Value, nameof(vcpu));
        return new LineLevelAccess(_parts, _parts.Redistributors[vcpu.Value]);
    }

    private SystemRegisterAccess SystemAccess(VcpuIndex vcpu)
    {
        IndexRange.ThrowUnlessBelow(_parts.CpuInterfaces.Length, vcpu.Value, nameof(vcpu));
        return new SystemRegisterAccess(_parts, _parts.CpuInterfaces[vcpu.Value]);
    }
}
