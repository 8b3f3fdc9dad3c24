namespace Grpc.Core;

/// <summary>
/// Hands the context of a server call on to a client call. Its content belongs to the implementation.
/// </summary>
public abstract class ContextPropagationToken
{
    /// <summary>Only implementations inside this assembly may exist.</summary>
    internal ContextPropagationToken()
    {
    }
}
