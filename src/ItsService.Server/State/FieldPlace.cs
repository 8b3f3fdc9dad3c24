using Google.Protobuf.Reflection;

namespace ItsService.Server.State;

/// <summary>A field at its place in a message.</summary>
/// <param name="Field">The field.</param>
/// <param name="Path">The place, as in "its.devices".</param>
/// <param name="Slot">Which one it is of all in the outline.</param>
/// <param name="Inner">The fields of its own message by number; null where it is none.</param>
internal sealed record FieldPlace(FieldDescriptor Field, string Path, int Slot, FieldPlace?[]? Inner);
