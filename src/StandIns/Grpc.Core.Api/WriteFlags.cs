using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>Hints for one write.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "The name is that of the genuine API.")]
public enum WriteFlags
{
    /// <summary>The message may wait in a buffer for the next one.</summary>
    BufferHint = 0x1,

    /// <summary>The message is not compressed, whatever the call's setting.</summary>
    NoCompress = 0x2,
}
