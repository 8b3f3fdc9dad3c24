using System.Text;
using Grpc.Core;

namespace ItsService.StandIns.Tests.Api;

public class MarshallerTests
{
    private static readonly Marshaller<string> Contextual = Marshallers.Create(
        (text, context) =>
        {
            context.SetPayloadLength(Encoding.UTF8.GetByteCount(text));
            Encoding.UTF8.GetBytes(text, context.GetBufferWriter());
            context.Complete();
        },
        context =>
        {
            Assert.Equal(context.PayloadAsReadOnlySequence().Length, context.PayloadLength);
            return Encoding.UTF8.GetString(context.PayloadAsReadOnlySequence());
        });

    [Theory]
    [InlineData("")]
    [InlineData("text")]
    public void Contextual_marshaller_works_over_arrays_too(string text)
    {
        byte[] bytes = Contextual.Serializer(text);

        Assert.Equal(Encoding.UTF8.GetBytes(text), bytes);
        Assert.Equal(text, Contextual.Deserializer(bytes));
        Assert.Equal(text, Marshallers.StringMarshaller.Deserializer(bytes));
    }

    [Fact]
    public void Array_marshaller_works_over_contexts_too()
    {
        Marshaller<string> arrays = Marshallers.StringMarshaller;
        Marshaller<string> roundTrip = Marshallers.Create(arrays.ContextualSerializer, arrays.ContextualDeserializer);

        Assert.Equal("text", roundTrip.Deserializer(roundTrip.Serializer("text")));
    }

    [Fact]
    public void Serializer_that_does_not_complete_is_reported()
    {
        Marshaller<string> broken = Marshallers.Create<string>((_, _) => { }, _ => "");

        Assert.Throws<InvalidOperationException>(() => broken.Serializer("text"));
    }

    [Fact]
    public void Serializer_that_completes_twice_is_reported()
    {
        Marshaller<string> broken = Marshallers.Create<string>(
            (_, context) =>
            {
                context.Complete([1]);
                context.Complete([2]);
            },
            _ => "");

        Assert.Throws<InvalidOperationException>(() => broken.Serializer("text"));
    }

    [Fact]
    public void Method_knows_its_path()
    {
        var method = new Method<string, string>(
            MethodType.Unary,
            "package.Service",
            "Method",
            Marshallers.StringMarshaller,
            Marshallers.StringMarshaller);

        Assert.Equal("/package.Service/Method", method.FullName);
    }
}
