using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using ItsService.Core.State;
using ItsService.Protocol.V1;
using ItsService.Server.Errors;
using ItsService.Server.State;

namespace ItsService.Server.Tests.State;

/// <summary>Each field of the message has its place in the model's state and comes back from there.</summary>
public class SavedStateMappingTests
{
    public static TheoryData<string> Values => [.. new SavedFields().Values.Select(value => value.Path)];

    public static TheoryData<string> Messages => [.. new SavedFields().Messages.Select(message => message.Path)];

    [Theory]
    [MemberData(nameof(Values))]
    public void Field_comes_back_alone(string path)
    {
        var fields = new SavedFields();
        var (_, message, field) = fields.Values.Single(value => value.Path == path);
        SavedFields.Set(message, field);

        AssertComesBack(fields.State);
    }

    [Fact]
    public void All_fields_come_back_together()
    {
        var fields = new SavedFields();
        foreach (var (_, message, field) in fields.Values)
        {
            SavedFields.Set(message, field);
        }

        AssertComesBack(fields.State);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Field_that_is_not_known_is_refused_with_the_version_that_knows_it(string path)
    {
        var fields = new SavedFields();
        fields.State.SavedBy = "7.8.9";
        var (_, message) = fields.Messages.Single(place => place.Path == path);
        // Field 1000, a varint.
        message.MergeFrom(new byte[] { 0xC0, 0x3E, 0x01 });

        var problem = Assert.Single(ProblemsOf(StateEnvelope.Seal(fields.State).Bytes.ToArray()));

        Assert.Equal((ErrorReason.Unsupported, $"{path}field 1000"), (problem.Reason, problem.Field));
        Assert.Contains("7.8.9", problem.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Field_of_another_type_than_known_is_refused()
    {
        var state = new SavedState();
        // first_to_step, which is a varint, as four bytes.
        state.MergeFrom(new byte[] { (8 << 3) | 5, 1, 0, 0, 0 });

        Assert.Equal("field 8", Assert.Single(ProblemsOf(StateEnvelope.Seal(state).Bytes.ToArray())).Field);
    }

    [Fact]
    public void Place_of_an_unknown_field_counts_from_zero()
    {
        var its = new SavedIts { Devices = { new SavedDevice(), new SavedDevice() } };
        var state = new SavedState { Its = { new SavedIts(), its } };
        state.Its[1].Devices[1].MergeFrom(new byte[] { 0xC0, 0x3E, 0x01 });

        var blob = StateEnvelope.Seal(state).Bytes.ToArray();
        Assert.Equal("its[1].devices[1].field 1000", Assert.Single(ProblemsOf(blob)).Field);
    }

    [Fact]
    public void Message_is_the_one_that_the_library_makes_of_the_bytes()
    {
        var fields = new SavedFields();
        foreach (var (_, message, field) in fields.Values)
        {
            SavedFields.Set(message, field);
        }

        fields.State.Its[0].Devices.Add(new SavedDevice { DeviceId = 9 });
        var own = new SavedState { Its = { fields.State.Its[0], new SavedIts { Umsir = 3 } } };
        // Fields may come in any order, and lists in pieces.
        byte[] bytes = [.. own.ToByteArray(), .. fields.State.ToByteArray(), .. own.ToByteArray()];

        var state = SavedStateParser.Parse(bytes);

        Assert.Equal(SavedState.Parser.ParseFrom(bytes), state);
        Assert.Equal((5, 2), (state.Its.Count, state.Its[0].Devices.Count));
        Assert.False(state.Its[0].Devices[0].Events.IsEmpty);
    }

    [Fact]
    public void Events_are_three_little_endian_numbers_each()
    {
        ImmutableArray<EventState> events = [new(1, 0x2002, 3), new(0x01020304, 0x05060708, 0x090A0B0C)];

        var bytes = PackedNumbers.ToBytes(events);

        Assert.Equal(12, Unsafe.SizeOf<EventState>());
        Assert.Equal("01000000" + "02200000" + "03000000" + "04030201" + "08070605" + "0C0B0A09",
            Convert.ToHexString(bytes.Span));
        Assert.Equal(events, PackedNumbers.FromBytes<EventState>(bytes));
        Assert.Equal(events, PackedNumbers.ViewOf<EventState>(bytes).ToArray());
    }

    [Theory]
    [InlineData("redistributors[0].pending_lpis", "redistributor[0].pending", 5)]
    [InlineData("its[0].devices[0].events", "its[0].device[0x0].event", 13)]
    [InlineData("lpis.blocks[0].known", "lpis.block[0].known", 31)]
    public void Bytes_that_are_no_whole_number_of_entries_are_refused(string path, string place, int length)
    {
        var fields = new SavedFields();
        var (_, message, field) = fields.Values.Single(value => value.Path == path);
        field.Accessor.SetValue(message, ByteString.CopyFrom(new byte[length]));
        var problems = new RequestProblems("");

        new StateFromWire(problems).Read(fields.State);

        Assert.Equal(place, Assert.Single(DetailsOf(problems)).Field);
    }

    [Fact]
    public void Every_part_that_is_missing_is_told()
    {
        var problems = new RequestProblems("");

        new StateFromWire(problems).Read(new SavedState { Redistributors = { new SavedRedistributor() } });

        Assert.Equal(
            ["distributor", "redistributor[0].private", "lpis"], DetailsOf(problems).Select(detail => detail.Field));
    }

    private static void AssertComesBack(SavedState saved)
    {
        var problems = new RequestProblems("");
        var expected = saved.Clone();

        var again = StateToWire.Of(new StateFromWire(problems).Read(saved), saved.Shape);

        Assert.Equal(0, problems.Count);
        again.SavedBy = "";
        Assert.Equal(expected, again);
    }

    private static IReadOnlyList<(ErrorReason Reason, string Field, string Text)> ProblemsOf(byte[] blob)
    {
        var problems = new RequestProblems("");
        Assert.Null(StateEnvelope.Open(blob, problems));
        return [.. DetailsOf(problems).Select(detail => (detail.Reason, detail.Field, detail.Message))];
    }

    private static IReadOnlyList<ErrorDetail> DetailsOf(RequestProblems problems) =>
        Refusals.Refusal.Of(Assert.Throws<Grpc.Core.RpcException>(problems.ThrowIfAny)).Details;
}
