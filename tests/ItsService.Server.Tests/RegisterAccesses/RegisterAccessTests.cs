using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using AccessKind = ItsService.Protocol.V1.RegisterAccess;

namespace ItsService.Server.Tests.RegisterAccesses;

/// <summary>The three ways to name a register, sizes, and what a guest may not do.</summary>
public class RegisterAccessTests
{
    public static TheoryData<ulong, Frame, uint, uint, string> Places => new()
    {
        { GuestMap.DistributorBase, Frame.Gicd, 0, 0x0008, "GICD_IIDR" },
        { GuestMap.DistributorBase, Frame.Gicd, 0, 0x0084, "GICD_IGROUPR1" },
        { GuestMap.RedistributorBase, Frame.Gicr, 0, 0x0008, "GICR_TYPER" },
        { GuestMap.RedistributorBase + 0x2_0000, Frame.Gicr, 1, 0x0008, "GICR_TYPER" },
        { GuestMap.RedistributorBase + 0x2_0000, Frame.Gicr, 1, 0x1_0404, "GICR_IPRIORITYR1" },
        { GuestMap.ItsBase + GuestMap.ItsStride, Frame.Gits, 1, 0x0008, "GITS_TYPER" },
        { GuestMap.ItsBase, Frame.Gits, 0, 0x0108, "GITS_BASER1" },
        { GuestMap.ItsBase, Frame.Gits, 0, 0xFFE8, "GITS_PIDR2" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Address_offset_and_name_reach_the_same_register(
        ulong frameBase, Frame frame, uint index, uint offset, string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "named", GuestMap.Spec(vcpuCount: 2, itsCount: 2));
        var byName = await guest.ReadAsync(name, index);
        var width = name is "GICR_TYPER" or "GITS_TYPER" or "GITS_BASER1" ? 8u : 4u;

        Assert.Equal(byName, await ReadAsync(guest, Guest.At(frameBase + offset), width));
        Assert.Equal(byName, await ReadAsync(guest, Offset(frame, index, offset), width));
    }

    [Fact]
    public async Task Frames_that_are_not_placed_are_reached_by_offset_and_name()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "adrift", new VmSpec { Vcpus = { new Vcpu(), new Vcpu() } });

        Assert.Equal(0x1EF71u, await guest.ReadAsync("GITS_TYPER"));
        Assert.Equal(0x1EF71u, await ReadAsync(guest, Offset(Frame.Gits, 0, 8), 8));
        Assert.Equal(1u, (await guest.ReadAsync("GICR_TYPER", index: 1) >> 8) & 0xFFFF);
        await guest.WriteAsync("GICD_CTLR", 2);
        Assert.Equal(2u, await guest.ReadAsync("GICD_CTLR") & 2);
    }

    [Fact]
    public async Task Halves_of_a_wide_register_are_read_and_written_apart()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "halves");

        Assert.Equal(0x1EF71u, await ReadAsync(guest, Guest.At(GuestMap.ItsBase + 8), 4));
        Assert.Equal(0u, await ReadAsync(guest, Guest.At(GuestMap.ItsBase + 12), 4));
        await WriteAsync(guest, Guest.At(GuestMap.ItsBase + 0x80), 4, 0x4100_0007);
        await WriteAsync(guest, Guest.At(GuestMap.ItsBase + 0x84), 4, 0x8000_0000);
        Assert.Equal(0x8000_0000_4100_0007u, await guest.ReadAsync("GITS_CBASER") & 0x8000_FFFF_FFFF_00FF);
    }

    [Fact]
    public async Task Priorities_are_read_and_written_by_bytes()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "bytes");
        var priority = GuestMap.DistributorBase + 0x400 + 33;

        await WriteAsync(guest, Guest.At(priority), 1, 0x50);

        Assert.Equal(0x50u, await ReadAsync(guest, Guest.At(priority), 1));
        Assert.Equal(0x5000u, await guest.ReadAsync("GICD_IPRIORITYR8"));
    }

    [Theory]
    [InlineData(GuestMap.ItsBase, 8u)]
    [InlineData(GuestMap.ItsBase + 8, 1u)]
    [InlineData(GuestMap.ItsBase + 8, 2u)]
    [InlineData(GuestMap.ItsBase + 9, 4u)]
    [InlineData(GuestMap.ItsBase + 0xA000, 4u)]
    [InlineData(GuestMap.ItsBase + 0x1_0040, 4u)]
    public async Task What_a_guest_may_not_do_reads_zero_and_changes_nothing(ulong address, uint sizeBytes)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "lawful");
        var tables = await guest.DumpAsync();

        Assert.Equal(0u, await ReadAsync(guest, Guest.At(address), sizeBytes));
        await WriteAsync(guest, Guest.At(address), sizeBytes, sizeBytes == 8 ? ulong.MaxValue : 0xFF);

        Assert.Equal(tables, await guest.DumpAsync());
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Listed_registers_are_those_that_can_be_read_by_name(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server[transport], "listed");

        var listed = await guest.Api.ListRegistersAsync(guest.Name);

        foreach (var register in listed.Registers)
        {
            Assert.InRange(register.Count, 1u, 1024u);
            Assert.True(register.WidthBytes is 4 or 8, $"{register}");
            Assert.True(register.Access != AccessKind.Unspecified, $"{register}");
            Assert.All(register.Fields, field =>
                Assert.True(field.LowBit <= field.HighBit && field.HighBit < register.WidthBytes * 8, $"{register}"));
            var last = register.Name.Replace(
                "<n>", $"{register.FirstNumber + register.Count - 1}", StringComparison.Ordinal);
            var offset = register.Offset + ((register.Count - 1) * register.StrideBytes);
            Assert.Equal(
                await ReadAsync(guest, Offset(register.Frame, 0, offset), register.WidthBytes),
                await guest.ReadAsync(last));
        }

        var typer = Assert.Single(listed.Registers, register => register.Name == "GITS_TYPER");
        Assert.Equal((Frame.Gits, 8u, 8u, 1u), (typer.Frame, typer.Offset, typer.WidthBytes, typer.Count));
        Assert.Equal(AccessKind.ReadOnly, typer.Access);
        Assert.Contains(new RegisterField { Name = "Devbits", HighBit = 17, LowBit = 13 }, typer.Fields);
        var baser = Assert.Single(listed.Registers, register => register.Name == "GITS_BASER<n>");
        Assert.Equal((8u, 8u, 0u), (baser.Count, baser.StrideBytes, baser.FirstNumber));
    }

    [Fact]
    public async Task Listed_system_registers_are_reached_by_name_and_by_encoding()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "listed");

        var listed = (await guest.Api.ListRegistersAsync(guest.Name)).SystemRegisters;

        foreach (var register in listed)
        {
            var byEncoding = await guest.Api.ReadSystemRegisterAsync(new ReadSystemRegisterRequest
            {
                Vm = guest.Name,
                Target = new SystemRegisterTarget { Encoding = register.Encoding },
            });
            Assert.Equal(byEncoding, await guest.ReadSystemAsync(0, register.Name));
        }

        Assert.Equal(0xC660u, Assert.Single(listed, register => register.Name == "ICC_IAR1_EL1").Encoding);
        Assert.Equal(0xC230u, Assert.Single(listed, register => register.Name == "ICC_PMR_EL1").Encoding);
    }

    private static RegisterTarget Offset(Frame frame, uint index, uint offset) =>
        new() { FrameOffset = new FrameOffset { Frame = frame, Index = index, Offset = offset } };

    private static async Task<ulong> ReadAsync(Guest guest, RegisterTarget target, uint sizeBytes)
    {
        var response = await guest.Api.ReadAsync(new ReadRegisterRequest
        {
            Vm = guest.Name,
            Target = target,
            SizeBytes = sizeBytes,
        });
        return response.Value;
    }

    private static Task<WriteRegisterResponse> WriteAsync(
        Guest guest, RegisterTarget target, uint sizeBytes, ulong value) =>
        guest.Api.WriteAsync(new WriteRegisterRequest
        {
            Vm = guest.Name,
            Target = target,
            SizeBytes = sizeBytes,
            Value = value,
        });
}
