namespace Grpc.Core;

/// <summary>A connection to a server that outlives its calls.</summary>
public abstract class ChannelBase
{
    /// <summary>Remembers the target.</summary>
    protected ChannelBase(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    /// <summary>The target that the channel was created for.</summary>
    public string Target { get; }

    /// <summary>Makes an invoker that sends calls over this channel.</summary>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Shuts the channel down. It waits for no call: end them first.</summary>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <summary>Implements <see cref="ShutdownAsync"/>; does nothing unless overridden.</summary>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
