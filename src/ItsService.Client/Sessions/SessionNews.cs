using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>
/// What the stream tells of the VM: the lines as they were last told, and the VMM's callbacks, one at a time.
/// </summary>
internal sealed class SessionNews(VmmSessionOptions options)
{
    [ThreadStatic]
    private static SessionNews? _telling;

    private VcpuLine[] _lines = [];
    private VmState _state;

    public int VcpuCount => _lines.Length;

    public IReadOnlyList<VcpuLine> Lines => [.. Enumerable.Range(0, _lines.Length).Select(LineAt)];

    public VcpuLine Line(VcpuIndex vcpu)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(vcpu.Value, (uint)_lines.Length, nameof(vcpu));
        return LineAt((int)vcpu.Value);
    }

    /// <summary>Who waits in a callback waits for ever: it holds the thread that reads the answer.</summary>
    public void RefuseInCallback()
    {
        if (_telling == this)
        {
            throw new InvalidOperationException(
                "A callback of a session cannot wait for the session: the answer is read when the callback has ended.");
        }
    }

    public void Take(Attached attached)
    {
        if (_lines.Length == 0)
        {
            // Lines that are asserted already are told as if they had just changed.
            _lines = [.. attached.Lines.Select(line => new VcpuLine { Vcpu = line.Vcpu })];
            _state = attached.State;
        }

        Tell(() =>
        {
            TakeLines(attached.Lines);
            if (attached.State != _state)
            {
                _state = attached.State;
                options.VmChanged?.Invoke(new Changes { State = _state });
            }
        });
    }

    public void Take(VmmAnswer answer)
    {
        if (answer.ChangedLines.Count > 0 || answer.EndedInterrupts.Count > 0)
        {
            Tell(() =>
            {
                TakeLines(answer.ChangedLines);
                TellEnded(answer.EndedInterrupts);
            });
        }
    }

    public void Take(Changes changes) => Tell(() =>
    {
        var isOfVm = changes.WasReset || changes.WasRestored || changes.State != VmState.Unspecified;
        if (changes.State != VmState.Unspecified)
        {
            _state = changes.State;
        }

        TakeLines(changes.Lines);
        TellEnded(changes.EndedInterrupts);
        if (isOfVm)
        {
            options.VmChanged?.Invoke(changes);
        }
    });

    public void TellLost(Exception reason) => Tell(() => options.ConnectionLost?.Invoke(reason));

    private VcpuLine LineAt(int vcpu) => Volatile.Read(ref _lines[vcpu]);

    private void TakeLines(IEnumerable<VcpuLine> lines)
    {
        foreach (var line in lines)
        {
            // What is told again after a lost connection may be old.
            var known = _lines[line.Vcpu];
            if (line.Generation <= known.Generation)
            {
                continue;
            }

            Volatile.Write(ref _lines[line.Vcpu], line);
            if (line.IrqAsserted != known.IrqAsserted || line.FiqAsserted != known.FiqAsserted)
            {
                options.LineChanged?.Invoke(line);
            }
        }
    }

    private void TellEnded(IEnumerable<EndOfInterrupt> interrupts)
    {
        foreach (var interrupt in interrupts)
        {
            options.InterruptEnded?.Invoke(interrupt);
        }
    }

    private void Tell(Action tell)
    {
        _telling = this;
        try
        {
            tell();
        }
        catch (Exception exception)
        {
            throw new VmmSessionEndedException(
                VmmSessionEnd.CallbackFailed, $"a callback of the session has thrown: {exception.Message}", exception);
        }
        finally
        {
            _telling = null;
        }
    }
}
