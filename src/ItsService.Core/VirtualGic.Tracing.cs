using ItsService.Core.Tracing;

namespace ItsService.Core;

/// <content>What happens, one by one.</content>
public sealed partial class VirtualGic
{
    /// <summary>
    /// Where everything that happens from now on is told; null, which it is at first, while nobody wants to know. It is
    /// no part of the state: a reset leaves it, and what is saved knows nothing of it.
    /// </summary>
    public TraceTap? Trace
    {
        get => _parts.Trace;
        set => _parts.Trace = value;
    }
}
