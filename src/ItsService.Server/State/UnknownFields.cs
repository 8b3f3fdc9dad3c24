using Google.Protobuf.Reflection;

namespace ItsService.Server.State;

/// <summary>
/// Whether an encoded message has fields that its type does not have here, at any depth. A parser passes them over; but
/// in what was saved they are what a newer service knew.
/// </summary>
internal static class UnknownFields
{
    /// <summary>
    /// The place of the first one, as in "its[1].field 11", or of one that stands there twice; null where there is
    /// none.
    /// </summary>
    /// <param name="message">Bytes that the type's parser takes.</param>
    /// <param name="type">The type.</param>
    public static string? FirstIn(ReadOnlySpan<byte> message, MessageDescriptor type) =>
        new MessageWalk(MessageOutline.Of(type)).FirstFault(message, out var path, out _) == MessageFault.None
            ? null
            : path;
}
