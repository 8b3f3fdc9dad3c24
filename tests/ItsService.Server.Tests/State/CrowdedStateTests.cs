using System.Buffers.Binary;
using System.IO.Hashing;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Protocol.V1;
using ItsService.Server.Errors;
using ItsService.Server.State;
using Refusal = ItsService.Server.Tests.Refusals.Refusal;

namespace ItsService.Server.Tests.State;

/// <summary>
/// States with far more in them than a VM has: a few bytes of a message become an object, so that they are refused
/// before there is any.
/// </summary>
public class CrowdedStateTests
{
    private const int BlobBytes = 8 << 20;

    // What a refusal costs; the message itself is eight times as large.
    private const long AllocatedBytesMax = 1 << 20;

    private static readonly VirtualGicConfiguration Vm = new()
    {
        Affinities = [new Affinity(0), new Affinity(1)],
        ItsCount = 2,
    };

    /// <summary>Every list in a state, also those that come later.</summary>
    public static TheoryData<string> Lists =>
        [.. StateBounds.Outline.Places.Where(place => place.Field.IsRepeated).Select(place => place.Path)];

    [Theory]
    [MemberData(nameof(Lists))]
    public void List_with_millions_of_empty_elements_is_refused_before_there_are_any(string path)
    {
        var shape = path.StartsWith("shape", StringComparison.Ordinal)
            ? []
            : new SavedState { Shape = StateShape.Of(Vm) }.ToByteArray();
        byte[] message = [.. shape, .. Nested(path.Split('.'), SavedState.Descriptor)];

        var (problem, allocatedBytes) = ProblemOf(Sealed(message));

        Assert.Equal(ErrorReason.OutOfRange, problem.Reason);
        Assert.StartsWith("at most ", problem.Accepted, StringComparison.Ordinal);
        Assert.Equal(path, WithoutIndices(problem.Field));
        Assert.InRange(allocatedBytes, 0, AllocatedBytesMax);
    }

    [Theory]
    [InlineData("redistributors", 3, 2)]
    [InlineData("cpu_interfaces", 3, 2)]
    [InlineData("its", 3, 2)]
    [InlineData("lpis.blocks", 257, 256)]
    [InlineData("lpis.owners", 57_345, 57_344)]
    public void List_with_one_more_than_the_vm_has_is_refused_with_how_many_it_has(string path, int count, int max)
    {
        var state = new SavedState { Shape = StateShape.Of(Vm), Lpis = new SavedLpis() };
        state.Redistributors.AddRange(Few<SavedRedistributor>(path == "redistributors", count));
        state.CpuInterfaces.AddRange(Few<SavedCpuInterface>(path == "cpu_interfaces", count));
        state.Its.AddRange(Few<SavedIts>(path == "its", count));
        state.Lpis.Blocks.AddRange(Few<SavedLpiBlock>(path == "lpis.blocks", count));
        state.Lpis.Owners.AddRange(Few<SavedLpiOwner>(path == "lpis.owners", count));

        var (problem, _) = ProblemOf(StateEnvelope.Seal(state).Bytes.ToArray());

        Assert.Equal(
            (ErrorReason.OutOfRange, path, $"at most {max} in all"), (problem.Reason, problem.Field, problem.Accepted));
    }

    [Fact]
    public void Devices_of_all_itss_are_counted_together()
    {
        var state = new SavedState { Shape = StateShape.Of(Vm) };
        state.Its.Add(new SavedIts { Devices = { Few<SavedDevice>(true, 65_536) } });
        state.Its.Add(new SavedIts { Devices = { Few<SavedDevice>(true, 65_537) } });

        var (problem, _) = ProblemOf(StateEnvelope.Seal(state).Bytes.ToArray());

        Assert.Equal(("its.devices", "at most 131072 in all"), (problem.Field, problem.Accepted));
    }

    /// <summary>A parser would take the two as one, which makes an object of each.</summary>
    [Theory]
    [InlineData("distributor")]
    [InlineData("saved_by")]
    [InlineData("redistributors[0].pending_lpis")]
    [InlineData("its[0].devices[0].events")]
    public void Field_that_stands_twice_is_refused(string path)
    {
        var names = WithoutIndices(path).Split('.');
        var message = Nested(names.AsSpan()[..^1], SavedState.Descriptor, [.. Empty(names), .. Empty(names)]);

        var (problem, _) = ProblemOf(Sealed(message));

        Assert.Equal((ErrorReason.StateCorrupt, path), (problem.Reason, problem.Field));
    }

    [Theory]
    [InlineData("80808080808080808080", "a tag that does not end")]
    [InlineData("00", "field zero")]
    [InlineData("FFFFFFFFFF01", "a tag of more than 32 bits")]
    [InlineData("0AFFFFFFFFFFFFFFFFFF01", "a length of 64 bits")]
    [InlineData("0A8180808010", "a length that has a 1 in its lower 32 bits")]
    [InlineData("1A05", "a message that is not there")]
    [InlineData("40", "a number that is not there")]
    [InlineData("1A0208", "a message that ends within a field")]
    public void Bytes_that_are_no_message_are_corrupt(string hex, string what)
    {
        var (problem, _) = ProblemOf(Sealed(Convert.FromHexString(hex)));

        Assert.True(problem.Reason == ErrorReason.StateCorrupt, $"{what}: {problem.Reason} {problem.Field}");
    }

    private static IEnumerable<T> Few<T>(bool wanted, int count)
        where T : new() => Enumerable.Range(0, wanted ? count : 0).Select(_ => new T());

    private static string WithoutIndices(string path) =>
        System.Text.RegularExpressions.Regex.Replace(path, @"\[\d+\]", "");

    /// <summary>A list, within the messages that contain it, so long that the state has 8 MiB.</summary>
    private static byte[] Nested(ReadOnlySpan<string> path, MessageDescriptor type)
    {
        var field = type.FindFieldByName(path[^1]) ?? InnerOf(path[..^1], type).FindFieldByName(path[^1]);
        byte[] element = field.FieldType switch
        {
            FieldType.Message => [Tag(field, 2), 0],
            FieldType.Fixed32 => [Tag(field, 5), 0, 0, 0, 0],
            _ => [Tag(field, 0), 0],
        };
        var list = new byte[BlobBytes / element.Length * element.Length];
        for (var at = 0; at < list.Length; at += element.Length)
        {
            element.CopyTo(list, at);
        }

        return Nested(path[..^1], type, list);
    }

    private static byte[] Nested(ReadOnlySpan<string> path, MessageDescriptor type, byte[] content)
    {
        if (path.IsEmpty)
        {
            return content;
        }

        var field = type.FindFieldByName(path[0]);
        var inner = Nested(path[1..], field.MessageType, content);
        var message = new List<byte> { Tag(field, 2) };
        for (var length = (uint)inner.Length; ; length >>= 7)
        {
            if (length < 0x80)
            {
                message.Add((byte)length);
                return [.. message, .. inner];
            }

            message.Add((byte)(length | 0x80));
        }
    }

    private static MessageDescriptor InnerOf(ReadOnlySpan<string> path, MessageDescriptor type) =>
        path.IsEmpty ? type : InnerOf(path[1..], type.FindFieldByName(path[0]).MessageType);

    private static byte[] Empty(string[] path) =>
        [Tag(InnerOf(path.AsSpan()[..^1], SavedState.Descriptor).FindFieldByName(path[^1]), 2), 0];

    private static byte Tag(FieldDescriptor field, int wireType) => (byte)((field.FieldNumber << 3) | wireType);

    /// <summary>A message in a right envelope.</summary>
    private static byte[] Sealed(byte[] message)
    {
        var blob = new byte[StateEnvelope.HeaderBytes + message.Length];
        StateEnvelope.Seal(new SavedState()).Bytes.Span[..StateEnvelope.HeaderBytes].CopyTo(blob);
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(12), (uint)message.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(16), XxHash3.HashToUInt64(message));
        message.CopyTo(blob, StateEnvelope.HeaderBytes);
        return blob;
    }

    private static (ErrorDetail Problem, long AllocatedBytes) ProblemOf(byte[] blob)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var failure = Assert.Throws<RpcException>(() => StateBlob.Open(blob, Vm, new RequestProblems("")));
        var allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
        return (Refusal.Of(failure).Details[0], allocatedBytes);
    }
}
