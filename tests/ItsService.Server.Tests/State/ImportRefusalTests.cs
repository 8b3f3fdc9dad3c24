using System.Text;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.State;

/// <summary>A list that does not fit is refused with all that is wrong with it, and has changed nothing.</summary>
public class ImportRefusalTests
{
    private const uint DistributorAddress = 2;
    private static readonly DeviceAttribute Creadr = new() { Its = 0, Group = 8, Attr = 0x90 };
    private static readonly DeviceAttribute Cwriter = new() { Its = 0, Group = 8, Attr = 0x88 };
    private static readonly DeviceAttribute Iidr = new() { Its = 0, Group = 8, Attr = 0x4 };

    private static readonly Dictionary<string, WrongList> Wrong = new()
    {
        ["there is nothing in it"] = new(state => state.Attributes.Clear(), "state.attributes", ErrorReason.Required),
        ["it has no attribute"] = new(
            state => state.Attributes[0].Attribute = null, "state.attributes[0].attribute", ErrorReason.Required),
        ["there is no such ITS"] = new(
            state => Set(state, Creadr, value => value.Attribute.Its = 7),
            "state.attributes[*].attribute.its", ErrorReason.OutOfRange),
        ["there is no such group"] = new(
            state => Set(state, Creadr, value => value.Attribute.Group = 9),
            "state.attributes[*].attribute.group", ErrorReason.UnknownAttribute),
        ["there is no such register"] = new(
            state => Set(state, Creadr, value => value.Attribute.Attr = 0x98),
            "state.attributes[*].attribute.attr", ErrorReason.UnknownAttribute),
        ["there is no such vCPU"] = new(
            state => Add(state, new DeviceAttribute { Group = 5, Attr = 0x55UL << 32 }, 0),
            "state.attributes[*].attribute.attr", ErrorReason.OutOfRange),
        ["a value is too wide"] = new(
            state => Add(state, new DeviceAttribute { Group = 1, Attr = 0 }, 1UL << 32),
            "state.attributes[*].value", ErrorReason.OutOfRange),
        ["it saves"] = new(
            state => Add(state, new DeviceAttribute { Its = 0, Group = 4, Attr = 1 }, 0),
            "state.attributes[*].attribute.attr", ErrorReason.OutOfRange),
        ["the ABI is another one"] = new(
            state => Set(state, Iidr, value => value.Value |= 0x1000),
            "state.attributes[*].value", ErrorReason.OutOfRange),
        ["the distributor lies elsewhere"] = new(
            state => Set(state, new DeviceAttribute { Attr = DistributorAddress }, value => value.Value += 0x1_0000),
            "state.attributes[*].value", ErrorReason.AlreadyPlaced),
        ["GITS_CREADR is outside the queue"] = new(
            state => Set(state, Creadr, value => value.Value = 0x2_0000),
            "its[0].GITS_CREADR", ErrorReason.InconsistentState),
        ["the shape has other vCPUs"] = new(
            state => state.Shape.Affinities.Add(9), "shape.vcpu_count", ErrorReason.OutOfRange),
        ["the profile is another one"] = new(
            state => state.Shape.ProfileValues["int_id_bits"] = "20",
            "shape.profile_values[*]", ErrorReason.OutOfRange),
    };

    public static TheoryData<string> WrongNames => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public async Task List_is_refused_and_nothing_has_changed_when(string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("LPIs are pending at several vCPUs", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(guest.Name)).State;
        var (change, field, reason) = Wrong[name];
        change(state);
        var before = await TakeAsync(server, guest);

        var refusal = await Refusal.OfAsync(() => server.Tcp.ImportAsync(guest.Name, state));

        Assert.Contains(refusal.Details, detail => detail.Reason == reason && Matches(field, detail.Field));
        Assert.Equal(before, await TakeAsync(server, guest));
    }

    [Theory]
    [MemberData(nameof(WrongNames))]
    public async Task List_is_refused_before_its_memory_is_there_when(string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("LPIs are pending at several vCPUs", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(guest.Name)).State;
        var (change, field, reason) = Wrong[name];
        change(state);
        var before = await TakeAsync(server, guest);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CheckImportAsync(guest.Name, state));

        Assert.Contains(refusal.Details, detail => detail.Reason == reason && Matches(field, detail.Field));
        Assert.Equal(before, await TakeAsync(server, guest));
    }

    /// <summary>Pending bits in memory are not taken, and a wrong table is not looked at.</summary>
    [Fact]
    public async Task List_that_fits_changes_nothing_when_it_is_checked_alone()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("LPIs are pending at several vCPUs", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(guest.Name)).State;
        await guest.WriteMemoryAsync(
            GuestMap.CollectionTable(0), GuestMap.Doublewords(0x8000_0000_0FFF_0000));
        var before = await TakeAsync(server, guest);

        var answer = await server.Tcp.CheckImportAsync(guest.Name, state);

        Assert.Null(answer.Summary);
        Assert.Equal(before, await TakeAsync(server, guest));
        var refusal = await Refusal.OfAsync(() => server.Tcp.ImportAsync(guest.Name, state));
        Assert.Contains(
            refusal.Details, detail => detail.Field.StartsWith("its[0].collection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Places_are_not_given_by_a_list_that_is_checked_alone()
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync("nothing is set up", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(original.Name)).State;
        var bare = new VmSpec { Vcpus = { new Vcpu(), new Vcpu() } };
        await server.Tcp.CreateVmAsync(new CreateVmRequest { VmId = "bare", Spec = bare, StartPaused = true });
        var other = new Guest(server.Tcp, "vms/bare");
        var before = await other.DescribeAsync();

        await server.Tcp.CheckImportAsync(other.Name, state);

        Assert.Equal(before.Spec, (await other.DescribeAsync()).Spec);
        Assert.Null(await TryWriteAsync(server, other));
        await server.Tcp.ImportAsync(other.Name, state);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_together()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(guest.Name)).State;
        Set(state, Creadr, value => value.Value = 0x10_0000 - 32);
        Set(state, Cwriter, value => value.Value = 0x10_0000 - 32);
        await guest.WriteMemoryAsync(
            GuestMap.CollectionTable(0), GuestMap.Doublewords(0x8000_0000_0FFF_0000));

        var refusal = await Refusal.OfAsync(() => server.Tcp.ImportAsync(guest.Name, state));

        Assert.Contains(refusal.Details, detail => detail.Field == "its[0].GITS_CREADR");
        Assert.Contains(refusal.Details, detail => detail.Field == "its[0].GITS_CWRITER");
        Assert.Contains(
            refusal.Details, detail => detail.Field.StartsWith("its[0].collection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Places_that_a_refused_list_gave_are_taken_back()
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync("nothing is set up", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(original.Name)).State;
        Set(state, Creadr, value => value.Value = 0x2_0000);
        var bare = new VmSpec { Vcpus = { new Vcpu(), new Vcpu() } };
        await server.Tcp.CreateVmAsync(new CreateVmRequest { VmId = "bare", Spec = bare, StartPaused = true });
        var imported = new Guest(server.Tcp, "vms/bare");
        var before = await imported.DescribeAsync();

        await Refusal.OfAsync(() => server.Tcp.ImportAsync(imported.Name, state));

        Assert.Equal(before.Spec, (await imported.DescribeAsync()).Spec);
        Assert.Null(await TryWriteAsync(server, imported));
    }

    [Fact]
    public async Task Running_vm_takes_no_list()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("nothing is set up", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(guest.Name)).State;
        await server.Tcp.ResumeAsync(guest.Name);

        var refusal = await Refusal.OfAsync(() => server.Tcp.ImportAsync(guest.Name, state));

        Assert.Equal((StatusCode.FailedPrecondition, ErrorReason.WrongState), (refusal.Code, refusal.Detail.Reason));
    }

    [Fact]
    public async Task List_without_end_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("nothing is set up", server, server.Tcp);
        var state = new ExportedState();
        state.Attributes.AddRange(Enumerable.Repeat(new AttributeValue { Attribute = Creadr }, 65_537));

        var refusal = await Refusal.OfAsync(() => server.Tcp.ImportAsync(guest.Name, state));

        Assert.Equal((StatusCode.ResourceExhausted, "1..65536"), (refusal.Code, refusal.Detail.Accepted));
    }

    [Fact]
    public async Task List_of_somebody_else_leaves_the_rest_as_after_a_reset()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("SPIs are configured", server, server.Tcp);
        var list = new ExportedState();
        Add(list, new DeviceAttribute { Group = 1, Attr = 0x84 }, 0xFF);

        await server.Tcp.ImportAsync(guest.Name, list);

        await server.Tcp.ResumeAsync(guest.Name);
        Assert.Equal(0xFFu, await guest.ReadAsync("GICD_IGROUPR1"));
        Assert.Equal(0u, await guest.ReadAsync("GICD_ISENABLER2"));
        Assert.Equal(0u, await guest.ReadAsync("GITS_CTLR") & 1);
    }

    /// <summary>Staged values are part of what must not change, and are seen by reading them.</summary>
    private static async Task<(ulong Staged, string Blob, string Memory)> TakeAsync(TestServer server, Guest guest)
    {
        await StagedRegister.WriteAsync(server, guest, StagedRegister.Cwriter, 0x40);
        var staged = await server.Tcp.GetAttributeAsync(
            new GetAttributeRequest { Vm = guest.Name, Attribute = Cwriter });
        var memory = new StringBuilder();
        foreach (var part in new[] { GuestMap.PendingTable(0), GuestMap.DeviceTable(0), GuestMap.CollectionTable(0) })
        {
            memory.Append(Convert.ToHexString((await guest.ReadMemoryAsync(part, 0x10_0000)).Span));
        }

        var saved = await server.Tcp.SaveAsync(new SaveRequest { Vm = guest.Name, OmitTables = true });
        return (staged.Value, Convert.ToHexString(saved.Blob), memory.ToString());
    }

    private static async Task<object?> TryWriteAsync(TestServer server, Guest guest)
    {
        var refusal = await Refusal.OfAsync(() => server.Tcp.SetAttributeAsync(
            new SetAttributeRequest { Vm = guest.Name, Attribute = Creadr }));
        return refusal.Detail.Reason == ErrorReason.FrameNotPlaced ? null : refusal;
    }

    private static bool Matches(string pattern, string field)
    {
        var parts = pattern.Split('*');
        return field.StartsWith(parts[0], StringComparison.Ordinal)
            && field.EndsWith(parts[^1], StringComparison.Ordinal);
    }

    private static void Set(ExportedState state, DeviceAttribute attribute, Action<AttributeValue> change) =>
        change(state.Attributes.First(value => value.Attribute.Equals(attribute)));

    private static void Add(ExportedState state, DeviceAttribute attribute, ulong value) =>
        state.Attributes.Add(new AttributeValue { Attribute = attribute, Value = value });

    /// <summary>What is changed in a right list, and what is told of it: "*" stands for anything.</summary>
    private sealed record WrongList(Action<ExportedState> Change, string Field, ErrorReason Reason);
}
