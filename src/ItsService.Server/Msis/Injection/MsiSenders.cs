using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Sessions;

namespace ItsService.Server.Msis.Injection;

/// <summary>
/// The senders that a VM remembers, the one that came or went last at the end. Guarded by the VM's gate.
/// </summary>
internal sealed class MsiSenders(string vmName, ItsServerLimits limits)
{
    private List<MsiSender>? _senders;

    /// <summary>Gives a stream its sender, whose other stream ends.</summary>
    /// <param name="token">By which it is known again; empty for who does not come back.</param>
    /// <param name="taken">The last batch of which it knows that it was taken.</param>
    /// <param name="stream">The stream.</param>
    /// <exception cref="RpcException">
    /// As many senders as may be have a stream, or less is known of it than it knows itself.
    /// </exception>
    public MsiSender Begin(string token, ulong taken, InjectionStream stream)
    {
        var sender = _senders?.Find(known => token.Length > 0 && SessionToken.AreSame(known.Token, token));
        RefuseBeyond(sender?.Account.Sequence ?? 0, taken);
        if (sender is not null)
        {
            _senders!.Remove(sender);
        }
        else
        {
            MakeRoom();
            sender = new MsiSender(token);
        }

        sender.Stream?.End(TakenOver());
        sender.Stream = stream;
        (_senders ??= []).Add(sender);
        return sender;
    }

    /// <summary>A stream is no more.</summary>
    public void Leave(MsiSender sender, InjectionStream stream)
    {
        if (sender.Stream != stream)
        {
            return;
        }

        sender.Stream = null;
        _senders!.Remove(sender);
        if (sender.Token.Length > 0)
        {
            // It is quiet from now on: those that were so before are forgotten before it.
            _senders.Add(sender);
        }
    }

    /// <summary>The VM has gone, or is stopped: so are its streams.</summary>
    public void End(RpcException reason) => _senders?.ForEach(sender => sender.Stream?.End(reason));

    /// <exception cref="RpcException">The sender has another stream by now.</exception>
    public void RefuseUnlessOf(MsiSender sender, InjectionStream stream)
    {
        if (sender.Stream != stream)
        {
            throw TakenOver();
        }
    }

    // Otherwise what was taken already would be taken once more.
    private void RefuseBeyond(ulong known, ulong taken)
    {
        if (taken > known)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.WrongSequence, "start.taken", $"'{vmName}' has taken no batch {taken} of this sender")
            {
                Accepted = $"0..{known}; 0 for a sender that was forgotten, or a VM that was made anew",
            });
        }
    }

    private void MakeRoom()
    {
        if (_senders is null || _senders.Count < limits.MsiSendersMax)
        {
            return;
        }

        var quiet = _senders.FindIndex(sender => sender.Stream is null);
        if (quiet < 0)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.LimitExceeded, "start.sender", $"{_senders.Count} senders have streams to '{vmName}'")
            {
                Accepted = $"at most {limits.MsiSendersMax} at a time",
            });
        }

        _senders.RemoveAt(quiet);
    }

    private RpcException TakenOver() => Refusal.Of(vmName, new Problem(
        V1.ErrorReason.SessionTakenOver, "", "the sender has another stream by now"));
}
