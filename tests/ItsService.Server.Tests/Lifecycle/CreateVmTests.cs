using System.Text.RegularExpressions;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Lifecycle;

public partial class CreateVmTests
{
    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Create_with_one_vcpu_fills_in_every_default(Transport transport)
    {
        await using var server = await TestServer.StartAsync();

        var vm = await server[transport].CreateVmAsync("plain", new VmSpec { Vcpus = { new Vcpu() } });

        Assert.Equal("vms/plain", vm.Name);
        Assert.Equal(VmState.Running, vm.State);
        Assert.Empty(vm.Fault);
        Assert.Equal(Profile.Kvm, vm.Spec.Profile);
        Assert.Null(vm.Spec.Custom);
        Assert.Equal(0u, Assert.Single(vm.Spec.Vcpus).Affinity);
        Assert.False(vm.Spec.HasDistributorBase);
        Assert.Empty(vm.Spec.RedistributorRegions);
        Assert.False(Assert.Single(vm.Spec.Its).HasBase);
        Assert.Empty(vm.Spec.MemoryRegions);
        Assert.Equal(new VcpuLine { Vcpu = 0, IrqAsserted = false, Generation = 0 }, Assert.Single(vm.Lines));
    }

    [Fact]
    public async Task Create_gives_affinities_of_sixteen_to_a_cluster()
    {
        await using var server = await TestServer.StartAsync();

        var vm = await server.Tcp.CreateVmAsync("many", GuestMap.Spec(vcpuCount: 33));

        Assert.Equal(
            Enumerable.Range(0, 33).Select(index => (uint)(((index / 16) << 8) | (index % 16))),
            vm.Spec.Vcpus.Select(vcpu => vcpu.Affinity));
        Assert.All(vm.Spec.Vcpus, vcpu => Assert.True(vcpu.HasAffinity));
        Assert.Equal(Enumerable.Range(0, 33).Select(index => (uint)index), vm.Lines.Select(line => line.Vcpu));
    }

    [Fact]
    public async Task Create_keeps_everything_that_was_given()
    {
        await using var server = await TestServer.StartAsync();
        var spec = FullSpec();

        var vm = await server.Tcp.CreateVmAsync(new CreateVmRequest
        {
            VmId = "0-full-9",
            Spec = spec,
            StartPaused = true,
        });

        Assert.Equal("vms/0-full-9", vm.Name);
        Assert.Equal(VmState.Paused, vm.State);
        Assert.Equal(spec, vm.Spec);
        Assert.Equal(vm, await server.Tcp.GetVmAsync("vms/0-full-9"));
    }

    [Fact]
    public async Task Redistributors_beyond_the_last_vcpu_read_zero_and_ignore_writes()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(vcpuCount: 2);
        spec.RedistributorRegions[0].Count = 1;
        spec.RedistributorRegions.Add(new RedistributorRegion { Base = 0x0A00_0000, Count = 3 });
        var guest = await Guest.CreateAsync(server.Tcp, "roomy", spec);

        for (var beyond = 1u; beyond < 3; beyond++)
        {
            var typer = Guest.At(0x0A00_0000 + (beyond * 0x2_0000) + 8);
            var request = new ReadRegisterRequest { Vm = guest.Name, Target = typer, SizeBytes = 8 };
            Assert.Equal(0u, (await guest.Api.ReadAsync(request)).Value);
            await guest.Api.WriteAsync(new WriteRegisterRequest
            {
                Vm = guest.Name,
                Target = Guest.At(0x0A00_0000 + (beyond * 0x2_0000)),
                SizeBytes = 4,
                Value = 1,
            });
        }

        Assert.Equal(1u, (await guest.ReadAsync("GICR_TYPER", index: 1) >> 8) & 0xFFFF);
        Assert.Equal(0u, await guest.ReadAsync("GICR_CTLR", index: 1) & 1);
    }

    [Fact]
    public async Task Create_without_an_id_chooses_a_valid_one_each_time()
    {
        await using var server = await TestServer.StartAsync();

        var first = await server.Tcp.CreateVmAsync("", GuestMap.Spec());
        var second = await server.Tcp.CreateVmAsync("", GuestMap.Spec());

        Assert.Matches(NamePattern(), first.Name);
        Assert.Matches(NamePattern(), second.Name);
        Assert.NotEqual(first.Name, second.Name);
        Assert.Equal(first, await server.Tcp.GetVmAsync(first.Name));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("7")]
    [InlineData("9-")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz")]
    public async Task Create_accepts_an_id_at_the_edge(string id)
    {
        await using var server = await TestServer.StartAsync();

        var vm = await server.Tcp.CreateVmAsync(id, GuestMap.Spec());

        Assert.Equal($"vms/{id}", vm.Name);
    }

    [Fact]
    public async Task Create_with_the_most_vcpus_and_its_serves_the_last_of_each()
    {
        await using var server = await TestServer.StartAsync();
        var limits = (await server.Tcp.GetServerInfoAsync()).Limits;
        Assert.Equal(512u, limits.VcpusPerVmMax);
        Assert.Equal(8u, limits.ItsPerVmMax);

        var guest = await Guest.CreateAsync(server.Tcp, "wide", GuestMap.Spec(vcpuCount: 512, itsCount: 8));

        var last = await guest.ReadAsync("GICR_TYPER", index: 511);
        Assert.Equal(511u, (last >> 8) & 0xFFFF);
        Assert.Equal(0x1F0Fu, last >> 32);
        Assert.Equal(0x1EF71u, await guest.ReadAsync("GITS_TYPER", index: 7));
    }

    [Fact]
    public async Task Custom_profile_changes_what_it_names_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides
        {
            EventIdBits = 20,
            DeviceIdBits = 12,
            CollectionIdBits = 8,
            PhysicalTargetAddresses = true,
            HardwareCollections = 5,
            DirectLpis = true,
            StatusRegister = true,
            UnmappedMsiRecord = true,
        };

        var guest = await Guest.CreateAsync(server.Tcp, "custom", spec);
        var plainSpec = GuestMap.Spec();
        plainSpec.Profile = Profile.Custom;
        var plain = await Guest.CreateAsync(server.Tcp, "custom-plain", plainSpec);

        var typer = await guest.ReadAsync("GITS_TYPER");
        Assert.Equal(19u, (typer >> 8) & 0x1F);
        Assert.Equal(11u, (typer >> 13) & 0x1F);
        Assert.Equal(1u, (typer >> 36) & 1);
        Assert.Equal(7u, (typer >> 32) & 0xF);
        Assert.Equal(1u, (typer >> 19) & 1);
        Assert.Equal(5u, (typer >> 24) & 0xFF);
        Assert.Equal(1u, (typer >> 44) & 1);
        Assert.Equal(1u, (await guest.ReadAsync("GICR_TYPER") >> 3) & 1);
        Assert.Equal(0x4B00_043Bu, await guest.ReadAsync("GITS_IIDR"));
        Assert.Equal(0x1EF71u, await plain.ReadAsync("GITS_TYPER"));
        Assert.Equal(
            new ProfileOverrides
            {
                EventIdBits = 16,
                DeviceIdBits = 16,
                IntIdBits = 16,
                PhysicalTargetAddresses = false,
                HardwareCollections = 0,
                TwoLevelCollectionTable = false,
                PageSizes = { PageSize._64Kib },
                CommandErrorPolicy = CommandErrorPolicy.Continue,
                IntIdLines = 256,
                DirectLpis = false,
                StatusRegister = false,
                UnmappedMsiRecord = false,
                MapcMovesPending = true,
            },
            (await plain.DescribeAsync()).Spec.Custom);
    }

    [Fact]
    public async Task Hardware_may_hold_as_many_collections_as_there_are_ids()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { CollectionIdBits = 4, HardwareCollections = 16 };

        var guest = await Guest.CreateAsync(server.Tcp, "all-in-hardware", spec);

        Assert.Equal(16u, (await guest.ReadAsync("GITS_TYPER") >> 24) & 0xFF);
    }

    [Fact]
    public async Task Affinities_may_differ_in_aff3_alone_where_gicr_typer_shows_it()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Qemu;
        spec.Vcpus[1].Affinity = 0x0100_0000;

        var guest = await Guest.CreateAsync(server.Tcp, "two-groups", spec);

        Assert.Equal(0x0100_0000u, await guest.ReadAsync("GICR_TYPER", index: 1) >> 32);
    }

    [Theory]
    [InlineData(Profile.Kvm, null, CommandErrorPolicy.Continue)]
    [InlineData(Profile.Qemu, null, CommandErrorPolicy.StallOnMemoryError)]
    [InlineData(Profile.Qemu, CommandErrorPolicy.Stall, CommandErrorPolicy.Stall)]
    [InlineData(Profile.Custom, CommandErrorPolicy.Stall, CommandErrorPolicy.Stall)]
    public async Task Command_error_policy_is_the_profiles_unless_given(
        Profile profile, CommandErrorPolicy? given, CommandErrorPolicy expected)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = profile;
        if (given is { } policy)
        {
            spec.CommandErrorPolicy = policy;
        }

        var guest = await Guest.CreateAsync(server.Tcp, "policy", spec);

        Assert.Equal(expected, (await guest.DescribeAsync()).Spec.CommandErrorPolicy);
    }

    [Theory]
    [InlineData(Profile.Unspecified, 0x1EF71u, 0x4B00_043Bu)]
    [InlineData(Profile.Kvm, 0x1EF71u, 0x4B00_043Bu)]
    [InlineData(Profile.Qemu, 0x1F_0001_EFB1u, 0x0000_043Bu)]
    public async Task Profile_decides_what_the_its_says_of_itself(Profile profile, ulong typer, ulong iidr)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = profile;

        var guest = await Guest.CreateAsync(server.Tcp, "profiled", spec);

        Assert.Equal(typer, await guest.ReadAsync("GITS_TYPER"));
        Assert.Equal(iidr, await guest.ReadAsync("GITS_IIDR"));
    }

    private static VmSpec FullSpec() => new()
    {
        Profile = Profile.Custom,
        Custom = new ProfileOverrides
        {
            EventIdBits = 16,
            DeviceIdBits = 12,
            CollectionIdBits = 8,
            IntIdBits = 17,
            PhysicalTargetAddresses = false,
            HardwareCollections = 3,
            TwoLevelCollectionTable = true,
            PageSizes = { PageSize._4Kib, PageSize._64Kib },
            CommandErrorPolicy = CommandErrorPolicy.Stall,
            IntIdLines = 64,
            DirectLpis = true,
            StatusRegister = true,
            UnmappedMsiRecord = true,
            MapcMovesPending = false,
        },
        Vcpus = { new Vcpu { Affinity = 0x0102_0304 }, new Vcpu { Affinity = 0 } },
        DistributorBase = GuestMap.DistributorBase,
        RedistributorRegions =
        {
            new RedistributorRegion { Base = 0x0900_0000, Count = 1 },
            new RedistributorRegion { Base = 0x0A00_0000, Count = 1 },
        },
        Its = { new ItsUnit(), new ItsUnit { Base = GuestMap.ItsBase } },
        MemoryRegions =
        {
            new MemoryRegion { Base = 0, SizeBytes = 0x1000, ReadOnly = true, Hosted = new HostedMemory() },
            new MemoryRegion { Base = GuestMap.RamBase, SizeBytes = 0x20_0000, Hosted = new HostedMemory() },
        },
        CommandErrorPolicy = CommandErrorPolicy.Stall,
        Lease = new SessionLease { DurationMs = 90_000, OrphanPolicy = OrphanPolicy.Pause },
    };

    [GeneratedRegex("^vms/[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex NamePattern();
}
