using ItsService.Core.Commands;
using ItsService.Core.CpuInterface;
using ItsService.Core.Diagnostics;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Redistributors;
using ItsService.Core.Registers;
using ItsService.Core.Submissions;
using ItsService.Core.Translation;
using ItsService.Core.Userspace;

namespace ItsService.Core;

/// <summary>
/// The front door of one VM's interrupt controller. Everything enters here, one call at a time: the object is not safe
/// for concurrent use. Nothing that a guest can do throws; the exceptions below are errors of the host.
/// </summary>
public sealed partial class VirtualGic
{
    private readonly GicParts _parts;
    private GicUserspace? _userspace;

    /// <param name="configuration">
    /// The shape. That affinities differ and frames do not overlap is the host's care.
    /// </param>
    /// <param name="memory">Guest RAM.</param>
    /// <exception cref="ArgumentNullException">One of the two is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number in the configuration or its profile is outside the range that its property names.
    /// </exception>
    public VirtualGic(VirtualGicConfiguration configuration, IGuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(memory);
        ConfigurationRanges.Check(configuration);
        _parts = new GicParts(configuration, memory);
        Inspection = new GicInspection(_parts);
        Reset();
    }

    /// <summary>Identification values and permitted choices.</summary>
    public GicProfile Profile => _parts.Profile;

    /// <summary>How many vCPUs.</summary>
    public int VcpuCount => _parts.Redistributors.Length;

    /// <summary>How many ITSs.</summary>
    public int ItsCount => _parts.Services.Length;

    /// <summary>Where the frames lie.</summary>
    public FrameLayout Layout => _parts.Layout;

    /// <summary>Running or Paused; Running at first.</summary>
    public RunState State { get; private set; }

    /// <summary>What happened that a person wants to know.</summary>
    public EventBuffer Events => _parts.Events;

    /// <summary>The last commands that were executed without an error, since the last reset or restore.</summary>
    public CommandHistory CommandHistory => _parts.History;

    /// <summary>Whether events or executed commands came since the last <see cref="Mark"/>.</summary>
    public bool HasUnmarked => _parts.Events.HasUnmarked || _parts.History.HasUnmarked;

    /// <summary>How often what happened.</summary>
    public GicCounters Counters => _parts.Counters;

    /// <summary>How much it holds, and has to do. This alone may be asked by any thread at any time.</summary>
    public GicActivity Activity => GicActivity.Of(_parts);

    /// <summary>A look at the state that changes nothing.</summary>
    public GicInspection Inspection { get; }

    /// <summary>The whole state, to be taken and given back.</summary>
    public GicPersistence Persistence => new(this, _parts);

    /// <summary>The state register by register, as device attributes show it.</summary>
    public GicUserspace Userspace => _userspace ??= new GicUserspace(this, _parts);

    /// <summary>How many submissions have ended, so that a host sees when to look at those that it waits for.</summary>
    public long EndedSubmissionCount
    {
        get
        {
            var count = 0L;
            foreach (var service in _parts.Services)
            {
                count += service.Submissions.EndedCount;
            }

            return count;
        }
    }

    /// <summary>Puts a mark of the host's, such as its time, on the events and commands since the last call.</summary>
    public void Mark(long mark)
    {
        _parts.Events.Mark(mark);
        _parts.History.Mark(mark);
    }

    /// <summary>Whether commands wait that <see cref="Step"/> could run now.</summary>
    public bool HasRunnableCommands => State == RunState.Running && Array.Exists(_parts.Services, HasRunnableCommand);

    /// <summary>Stops at the command boundary where the controller always is between two calls.</summary>
    public void Pause() => State = RunState.Paused;

    /// <summary>
    /// Brings what was written from outside the guest into force, and lets guest accesses, MSIs and commands happen
    /// again. Where something is wrong with it, or memory is to be fetched first, the VM stays Paused.
    /// </summary>
    public CommitResult Resume()
    {
        var result = _userspace?.Commit() ?? CommitResult.Done;
        State = result.IsDone ? RunState.Running : State;
        return result;
    }

    /// <summary>A cold reset of everything but guest memory and the places of the frames.</summary>
    public void Reset()
    {
        DiscardStaged();
        foreach (var service in _parts.Services)
        {
            service.Submissions.EndAll(SubmittedCommandOutcome.Reset);
        }

        GicPersistence.Take(_parts, GicPersistence.StateAtReset(_parts));
        _parts.BeginHistory();
        _parts.ChunkPool.Clear();
    }

    /// <summary>
    /// A guest's read of a register. What is not a legal access there reads zero. <paramref name="location"/> must be
    /// inside a frame of this controller.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no frame of that index.</exception>
    public AccessResult ReadRegister(FrameLocation location, int sizeBytes)
    {
        if (State == RunState.Paused)
        {
            return AccessResult.Paused;
        }

        if (IsBeyondTheVcpus(location))
        {
            return AccessResult.Done();
        }

        var (map, block) = Resolve(location);
        return AccessResult.Done(RegisterFile.Read(map, block, location.Offset, sizeBytes));
    }

    /// <summary>
    /// A guest's, or with <paramref name="requester"/> a device's, write of a register. A write that lets an ITS read
    /// its queue runs commands up to the configured number; <see cref="HasRunnableCommands"/> tells whether some are
    /// left.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no frame of that index.</exception>
    public AccessResult WriteRegister(FrameLocation location, int sizeBytes, ulong value, DeviceId? requester = null)
    {
        var commandBudget = _parts.Configuration.InlineCommandsMax;
        return WriteRegister(location, sizeBytes, value, requester, ref commandBudget);
    }

    /// <summary>
    /// The same as one of several writes that together run a limited number of commands: what this one runs is taken
    /// from <paramref name="commandBudget"/>. A command that touches many LPIs counts for several, and so does a write
    /// that has much to do itself: of GICR_CTLR, GICR_INVALLR, GITS_BASER&lt;n&gt; or GICD_CTLR. Such a write is made
    /// whatever is left.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no frame of that index.</exception>
    public AccessResult WriteRegister(
        FrameLocation location, int sizeBytes, ulong value, DeviceId? requester, ref int commandBudget)
    {
        if (State == RunState.Paused)
        {
            return AccessResult.Paused;
        }

        if (requester is { } device && DoorbellWrite.IsMessage(location, sizeBytes))
        {
            var eventId = new EventId((uint)value.Field((sizeBytes * 8) - 1, 0));
            return AccessResult.Done() with { Msi = SignalMsi(Service(location), device, eventId) };
        }

        if (IsBeyondTheVcpus(location))
        {
            return AccessResult.Done();
        }

        if (DoorbellWrite.IsLost(location, sizeBytes, requester))
        {
            var written = value.Field((sizeBytes * 8) - 1, 0);
            Service(location).ReportIgnoredDoorbellWrite(location.Offset, sizeBytes, written, requester);
        }

        var (map, block) = Resolve(location);
        var workBefore = _parts.Work.Lpis;
        var outcome = RegisterFile.Write(map, block, location.Offset, sizeBytes, value);
        commandBudget = (int)Math.Max(int.MinValue, commandBudget - _parts.Work.CommandsSince(workBefore));
        if (outcome.IsOk && location.Frame == FrameKind.Gits)
        {
            var granted = Math.Min(_parts.Configuration.InlineCommandsMax, commandBudget);
            var left = granted;
            CommandProcessor.Run(Service(location), ref left, out _);
            commandBudget -= granted - left;
        }

        _parts.Lines.Settle();
        return AccessResult.From(outcome);
    }

    /// <summary>A vCPU's read of a CPU interface register; reading ICC_IAR1_EL1 acknowledges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public AccessResult ReadSystemRegister(VcpuIndex vcpu, SystemRegister register)
    {
        if (State == RunState.Paused)
        {
            return AccessResult.Paused;
        }

        var value = CpuInterface(vcpu).Read(register);
        _parts.Lines.Settle();
        return AccessResult.Done(value);
    }

    /// <summary>A vCPU's write of a CPU interface register.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public AccessResult WriteSystemRegister(VcpuIndex vcpu, SystemRegister register, ulong value)
    {
        if (State == RunState.Paused)
        {
            return AccessResult.Paused;
        }

        CpuInterface(vcpu).Write(register, value);
        _parts.Lines.Settle();
        return AccessResult.Done();
    }

    /// <summary>
    /// A message-signalled interrupt to one ITS. When it returns, the LPI is pending or the message dropped.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public MsiResult SignalMsi(int itsNumber, DeviceId device, EventId eventId) =>
        State == RunState.Paused
            ? new MsiResult(AccessStatus.Paused, default)
            : SignalMsi(Service(itsNumber), device, eventId);

    /// <summary>The line to a vCPU as it is now.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public VcpuLine GetLine(VcpuIndex vcpu)
    {
        IndexRange.ThrowUnlessBelow(VcpuCount, vcpu.Value, nameof(vcpu));
        return _parts.Lines[vcpu];
    }

    /// <summary>Adds the lines that changed since the last call to <paramref name="into"/>, as they are now.</summary>
    /// <exception cref="ArgumentNullException">There is nothing to add them to.</exception>
    public void DrainChangedLines(ICollection<VcpuLine> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        _parts.Lines.DrainChanged(into);
    }

    /// <summary>Forgets what was written from outside the guest and is not in force.</summary>
    internal void DiscardStaged() => _userspace?.Discard();

    private MsiResult SignalMsi(InterruptTranslationService service, DeviceId device, EventId eventId)
    {
        var result = MsiTranslator.Signal(service, device, eventId);
        _parts.Counters.CountMessage(result.Outcome);
        _parts.Trace?.NoteMessage(service.Number, device, eventId, result);
        if (!result.IsPending)
        {
            service.ControlFrame.Status.NoteDropped(device, eventId, result.Outcome);
            service.ReportDrop(device, eventId, result);
        }

        _parts.Lines.Settle();
        return result;
    }

    private static bool HasRunnableCommand(InterruptTranslationService service) => service.HasRunnableCommand;

    /// <summary>A frame in a redistributor region with room for more vCPUs: it reads zero and ignores writes.</summary>
    private bool IsBeyondTheVcpus(FrameLocation location) =>
        location.Frame == FrameKind.Gicr && location.Index >= VcpuCount;

    private (RegisterMap Map, IRegisterBlock Block) Resolve(FrameLocation location) => location.Frame switch
    {
        FrameKind.Gicd => (GicdMap.Map, _parts.Distributor),
        FrameKind.Gicr => (GicrMap.Map, Redistributor(location)),
        _ => (GitsMap.Map, Service(location).ControlFrame),
    };

    private Redistributor Redistributor(FrameLocation location)
    {
        IndexRange.ThrowUnlessBelow(_parts.Redistributors.Length, location.Index, nameof(location));
        return _parts.Redistributors[location.Index];
    }

    private InterruptTranslationService Service(FrameLocation location)
    {
        IndexRange.ThrowUnlessBelow(_parts.Services.Length, location.Index, nameof(location));
        return _parts.Services[location.Index];
    }

    private InterruptTranslationService Service(int itsNumber)
    {
        IndexRange.ThrowUnlessBelow(_parts.Services.Length, itsNumber, nameof(itsNumber));
        return _parts.Services[itsNumber];
    }

    private CpuInterface.CpuInterface CpuInterface(VcpuIndex vcpu)
    {
        IndexRange.ThrowUnlessBelow(_parts.CpuInterfaces.Length, vcpu.Value, nameof(vcpu));
        return _parts.CpuInterfaces[vcpu.Value];
    }
}
