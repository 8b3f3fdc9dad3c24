using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.State;

/// <summary>A state as KVM has it: a list of attributes, and tables in guest memory.</summary>
public class ExportTests
{
    // What KVM's format has no place for (docs/state.md).
    private static readonly Dictionary<string, string> NotCarried = new()
    {
        ["LPIs are pending at several vCPUs"] = "a configuration in memory that the ITS has not read yet",
        ["events share an LPI"] = "which of the collections the LPI was given last",
        ["an LPI was shared"] = "which of the collections the LPI was given last",
        ["messages were dropped"] = "GITS_STATUSR and GITS_UMSIR",
    };

    private static readonly uint[] SystemRegistersOfKvm =
        [0xC230, 0xC643, 0xC644, 0xC648, 0xC663, 0xC664, 0xC665, 0xC666, 0xC667];

    public static TheoryData<string> AllGuests => [.. SavedGuests.Names];

    public static TheoryData<string> CarriedGuests => [.. SavedGuests.Names.Except(NotCarried.Keys)];

    [Theory]
    [MemberData(nameof(CarriedGuests))]
    public async Task Imported_guest_goes_on_as_the_original_when(string guestName)
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync(guestName, server, server.Tcp);
        var itsCount = (await original.DescribeAsync()).Spec.Its.Count;

        var exported = await server.Tcp.ExportAsync(original.Name);
        var imported = await GoingOn.CopyAsync(original, "imported");
        var summary = await server.Tcp.ImportAsync(imported.Name, exported.State);

        Assert.Equal(exported.Summary, summary);
        Assert.Equal(await original.DumpAsync(), await imported.DumpAsync());
        Assert.Equal(exported.State, (await server.Tcp.ExportAsync(imported.Name)).State);
        Assert.Equal(await GoingOn.RunAsync(original, itsCount), await GoingOn.RunAsync(imported, itsCount));
    }

    [Theory]
    [MemberData(nameof(AllGuests))]
    public async Task List_set_in_any_order_is_the_state_when(string guestName)
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync(guestName, server, server.Tcp);
        var exported = (await server.Tcp.ExportAsync(original.Name)).State;
        var imported = await GoingOn.CopyAsync(original, "imported");
        await server.Tcp.ImportAsync(imported.Name, exported);
        var expected = (await server.Tcp.SaveAsync(imported.Name)).Blob;
        var attributes = exported.Attributes.Where(value => value.Attribute.Group != 0).ToArray();
        foreach (var seed in new[] { 20, 21 })
        {
            var set = await GoingOn.CopyAsync(original, $"set-{seed}");
            new Random(seed).Shuffle(attributes);
            foreach (var value in attributes)
            {
                await server.Tcp.SetAttributeAsync(new SetAttributeRequest
                {
                    Vm = set.Name,
                    Attribute = value.Attribute,
                    Value = value.Value,
                });
            }

            // What is staged comes into force with a save, too.
            Assert.Equal(expected, (await server.Tcp.SaveAsync(set.Name)).Blob);
        }
    }

    [Fact]
    public async Task List_has_what_a_vmm_saves_in_an_order_that_a_kernel_takes()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("two ITSs are busy", server, server.Tcp);

        var list = (await server.Tcp.ExportAsync(guest.Name)).State.Attributes;

        var groups = list.Select(value => (value.Attribute.HasIts, value.Attribute.Group)).Distinct();
        Assert.Equal(
            [
                (false, 0u), (true, 0u), (false, 1u), (false, 5u), (false, 6u), (false, 7u), (true, 8u), (true, 4u),
            ],
            groups);
        for (var its = 0u; its < 2; its++)
        {
            // GITS_IIDR, GITS_CBASER, GITS_CREADR, GITS_CWRITER, GITS_BASER0..7, RESTORE_TABLES, GITS_CTLR.
            Assert.Equal(
                [0x4, 0x80, 0x90, 0x88, 0x100, 0x108, 0x110, 0x118, 0x120, 0x128, 0x130, 0x138, 2, 0],
                list.Where(value => value.Attribute.HasIts && value.Attribute.Its == its && value.Attribute.Group != 0)
                    .Select(value => (int)value.Attribute.Attr));
        }

        for (var vcpu = 0u; vcpu < 2; vcpu++)
        {
            Assert.Equal(
                SystemRegistersOfKvm.Order(),
                list.Where(value => value.Attribute.Group == 6 && value.Attribute.Attr >> 32 == vcpu)
                    .Select(value => (uint)value.Attribute.Attr).Order());
        }

        var redistributors = list.Where(value => value.Attribute.Group == 5).ToList();
        var lastBase = redistributors.FindLastIndex(value => (uint)value.Attribute.Attr is >= 0x70 and < 0x80);
        Assert.Equal(8, lastBase + 1);
        Assert.Equal(2, redistributors.Count(value => (uint)value.Attribute.Attr == 0));
        Assert.Equal(list.Count, list.Select(value => value.Attribute).Distinct().Count());
    }

    [Fact]
    public async Task List_places_the_frames_of_a_vm_that_has_none()
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync("two ITSs are busy", server, server.Tcp);
        var exported = (await server.Tcp.ExportAsync(original.Name)).State;
        var spec = (await original.DescribeAsync()).Spec;
        var bare = new VmSpec { Vcpus = { spec.Vcpus }, Its = { new ItsUnit(), new ItsUnit() } };
        bare.MemoryRegions.AddRange(spec.MemoryRegions);
        await server.Tcp.CreateVmAsync(new CreateVmRequest { VmId = "bare", Spec = bare, StartPaused = true });
        var imported = new Guest(server.Tcp, "vms/bare");
        await GoingOn.CopyMemoryAsync(original, imported, itsCount: 2);

        await server.Tcp.ImportAsync(imported.Name, exported);

        Assert.Equal(spec, (await imported.DescribeAsync()).Spec);
        Assert.Equal(await original.DumpAsync(), await imported.DumpAsync());
    }

    [Fact]
    public async Task Running_vm_is_exported_and_runs_on()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        await server.Tcp.ResumeAsync(guest.Name);

        var drained = await server.Tcp.ExportAsync(
            new ExportRequest { Vm = guest.Name, InFlight = InFlightPolicy.Drain });

        Assert.Equal(0u, drained.Summary.InFlightCommands);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        await server.Tcp.ExportAsync(new ExportRequest { Vm = guest.Name, StayPaused = true });
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
    }

    [Fact]
    public async Task Largest_vm_fits_into_a_message()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(vcpuCount: 512, itsCount: 8);
        var vm = await server.Tcp.CreateVmAsync(
            new CreateVmRequest { VmId = "large", Spec = spec, StartPaused = true });

        var exported = (await server.Tcp.ExportAsync(vm.Name)).State;

        await server.Tcp.ImportAsync(vm.Name, exported);
        Assert.Equal(exported, (await server.Tcp.ExportAsync(vm.Name)).State);
    }
}
