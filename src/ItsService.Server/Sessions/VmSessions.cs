using System.Globalization;
using Grpc.Core;
using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Sessions;

/// <summary>
/// Who is attached to one VM, and what it is told: all here happens inside the VM's gate, so that what is told is in
/// the order in which it happened.
/// </summary>
internal sealed class VmSessions(string vmName, VmContent vm, ItsServerLimits limits, TimeProvider time)
{
    private readonly List<Deactivation> _ended = [];
    private V1.VmState _state;
    private VmSession? _current;
    private bool _wasReset;
    private bool _wasRestored;

    /// <summary>The session that has the VM, connected or not; null when there is none.</summary>
    public VmSession? Current
    {
        get => _current;
        private set
        {
            _current = value;
            vm.Lines.HasSession = value is not null;
            Forget();
        }
    }

    /// <summary>Whether a VMM is connected now. Any thread may ask.</summary>
    public bool HasAttached => _current?.Stream is not null;

    /// <summary>Begins a session, or goes on with one.</summary>
    public V1.Attached Attach(V1.AttachRequest request, SessionStream stream, V1.VmState state, string vmUid)
    {
        CheckForm(request);
        var session = Find(request);
        if (session is null)
        {
            RefuseWhileHeld(request);
        }

        // Before the session that is there is ended.
        RefuseMemoryOf(session ?? Current, request);
        session ??= Begin(request);

        // All lines are told here, and what has ended without a session was for nobody.
        TellChanges();
        Collect();
        Forget();
        var lease = Lease.Of(vm.Spec);
        var attached = new V1.Attached
        {
            Session = session.Token,
            State = state,
            VmUid = vmUid,
            UnreceivedAnswersMax = (uint)limits.UnreceivedAnswersMax,
            UnreceivedAnswerBytesMax = (ulong)limits.UnreceivedAnswerBytesMax,
            LeaseMs = lease.Milliseconds,
        };
        for (var vcpu = 0; vcpu < vm.Gic.VcpuCount; vcpu++)
        {
            attached.Lines.Add(LineReport.ToWire(vm.Gic.GetLine(new VcpuIndex(vcpu))));
        }

        session.Outbox.Begin(stream, attached, request);
        LeaveMemory(session);
        _state = state;
        session.StopLease();
        session.Stream?.End(TakenOver());
        session.Stream = stream;
        session.AttachedBy = $"{stream.Peer}, attached at {Now()}";
        Current = session;
        vm.Telemetry.NoteAttached();
        stream.Join(session, attached.LastTaken);
        ServeMemory(session, stream, request);
        return attached;
    }

    /// <summary>
    /// A stream has ended. Tells for how long its session waits for another; null when there is nothing to wait for.
    /// </summary>
    public (VmSession Session, Lease Lease)? Leave(SessionStream stream)
    {
        if (Current?.Stream != stream)
        {
            return null;
        }

        Current.Memory?.Leave(stream);
        Current.Stream = null;
        Current.LostAt = Now();
        Current.LostCount++;
        return (Current, Lease.Of(vm.Spec));
    }

    /// <summary>Ends the session, and its stream with it.</summary>
    /// <param name="reason">How its stream ends; null for as it should.</param>
    public void End(RpcException? reason)
    {
        if (Current is { } session)
        {
            Current = null;
            session.StopLease();
            session.Stream?.End(reason);
            LeaveMemory(session);
            session.Stream = null;
        }
    }

    /// <summary>The lines that an answer's request has changed, and the interrupts that it ended.</summary>
    public void CollectInto(V1.VmmAnswer answer)
    {
        Collect();
        foreach (var line in vm.Lines.NewForSession)
        {
            answer.ChangedLines.Add(LineReport.ToWire(line));
        }

        foreach (var ended in _ended)
        {
            answer.EndedInterrupts.Add(ToWire(ended));
        }

        vm.Lines.NewForSession.Clear();
        _ended.Clear();
    }

    /// <summary>At the end of an entry: what it has changed without being asked to by the session.</summary>
    public void TellChanges()
    {
        if (Current is not { } session)
        {
            return;
        }

        Collect();
        if (vm.Lines.NewForSession.Count == 0 && _ended.Count == 0 && !_wasReset && !_wasRestored)
        {
            return;
        }

        session.Outbox.Change(static (changes, sessions) => sessions.AddTo(changes), this);
        Forget();
        session.Stream?.PumpSoon();
    }

    /// <summary>The VM runs, or is Paused.</summary>
    public void TellState(V1.VmState state)
    {
        if (Current is { } session && _state != state)
        {
            _state = state;
            session.Outbox.Change(static (changes, state) => changes.State = state, state);
            session.Stream?.PumpSoon();
        }
    }

    /// <summary>The controller was reset, as is told at the end of the entry, with the lines.</summary>
    public void TellReset() => _wasReset = true;

    /// <summary>The controller has another state, as is told at the end of the entry, with the lines.</summary>
    public void TellRestored() => _wasRestored = true;

    private void AddTo(V1.Changes changes)
    {
        foreach (var line in vm.Lines.NewForSession)
        {
            ChangesMerge.AddLine(changes, LineReport.ToWire(line));
        }

        foreach (var ended in _ended)
        {
            ChangesMerge.AddEnd(changes, ToWire(ended));
        }

        changes.WasReset |= _wasReset;
        changes.WasRestored |= _wasRestored;
    }

    private void Collect()
    {
        vm.Lines.Collect();
        vm.Gic.DrainDeactivated(_ended);
    }

    // Before anything is changed.
    private void RefuseMemoryOf(VmSession? session, V1.AttachRequest request)
    {
        if (request.ServesMemory && vm.Memory.Remote.Requests.HolderBeside(session?.Stream) is { } holder)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.MemoryServed, "attach.serves_memory", $"{holder} serves the memory of '{vmName}'")
            {
                Accepted = "false, as long as that lasts",
            });
        }

        if (request.ServesMemory)
        {
            vm.Memory.Remote.Requests.RefuseUnlessAsked(vmName, "attach.memory_made", request.MemoryMade);
        }
    }

    // It has been asked whether somebody else does.
    private void ServeMemory(VmSession session, SessionStream stream, V1.AttachRequest request)
    {
        session.Memory = request.ServesMemory ? vm.Memory.Remote.Requests : null;
        session.Outbox.Memory = session.Memory;
        session.Memory?.Serve(stream, request.MemoryMade);
    }

    private static void LeaveMemory(VmSession session)
    {
        if (session.Stream is { } stream)
        {
            session.Memory?.Leave(stream);
        }
    }

    private void Forget()
    {
        vm.Lines.NewForSession.Clear();
        _ended.Clear();
        (_wasReset, _wasRestored) = (false, false);
    }

    private static V1.EndOfInterrupt ToWire(Deactivation ended)
    {
        var told = new V1.EndOfInterrupt { IntId = ended.IntId.Value };
        if (ended.Vcpu is { } vcpu)
        {
            told.Vcpu = (uint)vcpu.Value;
        }

        return told;
    }

    private VmSession? Find(V1.AttachRequest request)
    {
        if (request.Session.Length == 0)
        {
            return Current is { } held && request.NewSession.Length > 0
                && SessionToken.AreSame(held.Token, request.NewSession) ? held : null;
        }

        return Current is { } session && SessionToken.AreSame(session.Token, request.Session)
            ? session
            : throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.SessionNotFound, "attach.session", $"'{vmName}' has no such session")
            {
                Accepted = "the token of the session that has the VM, as long as its lease lasts",
            });
    }

    private void RefuseWhileHeld(V1.AttachRequest request)
    {
        if (Current is { } held && !request.TakeOver)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.SessionHeld, "attach.vm", $"{held} has '{vmName}'")
            {
                Accepted = "a VM that nobody has; take_over takes it",
            });
        }
    }

    private VmSession Begin(V1.AttachRequest request)
    {
        if (request.Received != 0 || request.ReceivedChanges != 0)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.WrongSequence, "attach.received", "a new session has received nothing")
            {
                Accepted = "0",
            });
        }

        // What the one before has begun comes to its end before anything of this one.
        var begun = Current?.Begun ?? Task.CompletedTask;
        End(TakenOver());
        var token = request.NewSession.Length > 0 ? request.NewSession : SessionToken.Choose();
        return new VmSession(token, new SessionOutbox(vmName, limits)) { Begun = begun };
    }

    private void CheckForm(V1.AttachRequest request)
    {
        var problems = new RequestProblems(vmName);
        if (request.Session.Length > 0 && (request.TakeOver || request.NewSession.Length > 0))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, "attach.session", "a session that goes on is no new one")
            {
                Accepted = "without take_over and new_session",
            });
        }

        if (request.NewSession.Length > 0 && !SessionToken.IsWellFormed(request.NewSession))
        {
            problems.Add(new Problem(
                V1.ErrorReason.MalformedName, "attach.new_session", "this is no token for a session")
            {
                Accepted = SessionToken.Accepted,
            });
        }

        problems.ThrowIfAny();
    }

    private RpcException TakenOver() => Refusal.Of(vmName, new Problem(
        V1.ErrorReason.SessionTakenOver, "", $"'{vmName}' is attached on another stream now"));

    private string Now() => time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
