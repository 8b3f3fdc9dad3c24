using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>
/// What can be chosen about a session. The callbacks run one at a time, in the order in which things happened in the
/// VM, before the answer that told them is handed to who waits for it. They run on the thread that reads the stream,
/// with no lock held: they should be short, may make asynchronous calls, and may not wait for one.
/// </summary>
public sealed class VmmSessionOptions
{
    /// <summary>
    /// Takes the VM from the session that holds it: for a VMM that was restarted. Otherwise such a VM is refused.
    /// </summary>
    public bool TakeOver { get; init; }

    /// <summary>A vCPU's line has changed. <see cref="VmmSession.Line"/> has it already.</summary>
    public Action<VcpuLine>? LineChanged { get; init; }

    /// <summary>
    /// A guest has ended an interrupt whose level asks for it (<see cref="LineLevel.NotifyAtEoi"/>): the device looks
    /// whether it still has reason to assert its line.
    /// </summary>
    public Action<EndOfInterrupt>? InterruptEnded { get; init; }

    /// <summary>
    /// The VM was paused, resumed, reset, or given another state (<see cref="Changes.State"/>,
    /// <see cref="Changes.WasReset"/>, <see cref="Changes.WasRestored"/>). Other changes are not told here.
    /// </summary>
    public Action<Changes>? VmChanged { get; init; }

    /// <summary>
    /// The connection was lost, and is being made anew; with what the transport or the service said.
    /// </summary>
    public Action<Exception>? ConnectionLost { get; init; }

    /// <summary>
    /// The guest's memory, for a VM with remote regions; null where it has none, or GuestMemory.Serve answers for them.
    /// It is asked on the thread that reads the stream, as the callbacks are called.
    /// </summary>
    public IGuestMemoryProvider? Memory { get; init; }

    /// <summary>How long the first attempt to connect again waits; each further one twice as long.</summary>
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest time between two attempts to connect again.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock that the lease and the attempts go by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
