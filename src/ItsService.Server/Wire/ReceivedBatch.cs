using System.Buffers;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.Wire;

namespace ItsService.Server.Wire;

/// <summary>
/// A BatchRequest as it came: its bytes in a buffer that batches share. The accesses are read where they lie
/// (<see cref="Accesses.BatchReader"/>): an object for each would cost more than making them.
/// </summary>
internal sealed class ReceivedBatch : IDisposable
{
    private static readonly uint VmTag =
        WireReader.Tag(V1.BatchRequest.VmFieldNumber, WireType.LengthDelimited);

    private static readonly uint AccessTag =
        WireReader.Tag(V1.BatchRequest.AccessesFieldNumber, WireType.LengthDelimited);

    private readonly int _length;
    private byte[]? _buffer;

    private ReceivedBatch(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    /// <summary>"vms/{vm}".</summary>
    public string Vm { get; private set; } = "";

    /// <summary>How many accesses there are.</summary>
    public int AccessCount { get; private set; }

    /// <summary>The encoded fields: the VM's name and the accesses, nothing else.</summary>
    public ReadOnlyMemory<byte> Message => _buffer.AsMemory(0, _length);

    /// <summary>The encoded fields up to a place.</summary>
    public ReadOnlyMemory<byte> Before(int position) => Message[..position];

    /// <summary>Takes a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no BatchRequest.</exception>
    public static ReceivedBatch From(DeserializationContext context)
    {
        var payload = context.PayloadAsReadOnlySequence();
        var batch = Copy(payload);
        if (!batch.TryCount())
        {
            batch.Dispose();
            batch = Copy(new ReadOnlySequence<byte>(Plain(payload)));
            if (!batch.TryCount())
            {
                throw new InvalidOperationException("A batch as the generated code writes it cannot be read.");
            }
        }

        return batch;
    }

    /// <summary>The next access's fields; false when there are no more.</summary>
    public static bool TryReadNext(ref WireReader reader, out ReadOnlySpan<byte> access)
    {
        access = default;
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadUInt32(out var tag) || !reader.TryReadBytes(out access))
            {
                throw new InvalidOperationException("A batch that was read once cannot be read again.");
            }

            if (tag == AccessTag)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Reads the accesses too, which otherwise are read one by one: what is no message is refused as such, whatever
    /// else is wrong with it.
    /// </summary>
    /// <exception cref="InvalidProtocolBufferException">It is no BatchRequest.</exception>
    public void ThrowIfMalformed() => V1.BatchRequest.Parser.ParseFrom(Message.Span);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static ReceivedBatch Copy(in ReadOnlySequence<byte> payload)
    {
        var length = checked((int)payload.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        payload.CopyTo(buffer);
        return new ReceivedBatch(buffer, length);
    }

    /// <summary>The message without what this version does not know, and in the plainest form.</summary>
    private static byte[] Plain(in ReadOnlySequence<byte> payload)
    {
        var request = V1.BatchRequest.Parser.ParseFrom(payload);
        return new V1.BatchRequest { Vm = request.Vm, Accesses = { request.Accesses } }.ToByteArray();
    }

    private bool TryCount()
    {
        var reader = new WireReader(Message.Span);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadUInt32(out var tag) || !reader.TryReadBytes(out var bytes))
            {
                return false;
            }

            if (tag == AccessTag)
            {
                AccessCount++;
            }
            else if (tag == VmTag)
            {
                Vm = Encoding.UTF8.GetString(bytes);
            }
            else
            {
                return false;
            }
        }

        return true;
    }
}
