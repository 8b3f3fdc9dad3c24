using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Client.Wire;

/// <summary>Registers.Batch without an object for each access and result. On the wire it is the same.</summary>
internal static class BatchMethod
{
    public static Method<EncodedBatch, BatchAnswer> Instance { get; } = new(
        MethodType.Unary,
        Registers.Descriptor.FullName,
        Registers.Descriptor.FindMethodByName("Batch").Name,
        Marshallers.Create<EncodedBatch>(
            (batch, context) => batch.WriteTo(context),
            _ => throw new NotSupportedException("A client receives no requests.")),
        Marshallers.Create(
            (BatchAnswer _, SerializationContext _) => throw new NotSupportedException("A client sends no answers."),
            BatchAnswer.From));
}
