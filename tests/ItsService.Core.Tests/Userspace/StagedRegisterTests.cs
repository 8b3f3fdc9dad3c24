using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Core.State;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Userspace;

namespace ItsService.Core.Tests.Userspace;

/// <summary>What is staged reads as it will be, comes into force as a whole, and goes with a reset.</summary>
public class StagedRegisterTests
{
    private const ulong Quiescent = 1UL << 31;

    [Fact]
    public void New_queue_reads_from_its_beginning_unless_its_pointers_were_written()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        Assert.Equal(64UL, port.ReadIts(0, GitsOffset.Creadr));

        port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue());
        Assert.Equal((0UL, 0UL), (port.ReadIts(0, GitsOffset.Creadr), port.ReadIts(0, GitsOffset.Cwriter)));
        port.WriteIts(0, GitsOffset.Cwriter, 96);
        Assert.Equal((0UL, 96UL), (port.ReadIts(0, GitsOffset.Creadr), port.ReadIts(0, GitsOffset.Cwriter)));
        port.WriteIts(0, GitsOffset.Creadr, 96);
        port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 1);
        port.WriteIts(0, GitsOffset.Ctlr, 0);
        port.Resume();

        Assert.Equal((96UL, 96UL), (guest.Creadr(), guest.Cwriter()));
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Quiescent_reads_as_it_will_be(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile), InlineCommandsMax = 0 });
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        Assert.Equal(Quiescent | 1, port.ReadIts(0, GitsOffset.Ctlr));

        port.WriteIts(0, GitsOffset.Cwriter, 64);
        Assert.Equal(1UL, port.ReadIts(0, GitsOffset.Ctlr));
        port.WriteIts(0, GitsOffset.Ctlr, 0);
        Assert.Equal(Quiescent, port.ReadIts(0, GitsOffset.Ctlr));
        port.WriteIts(0, GitsOffset.Ctlr, 1);
        port.WriteIts(0, GitsOffset.Cwriter, 0xF_FFE0);
        Assert.Equal(Quiescent | 1, port.ReadIts(0, GitsOffset.Ctlr));
        port.WriteIts(0, GitsOffset.Cwriter, 64);
        port.WriteIts(0, GitsOffset.Cbaser, Places.Queue());
        port.WriteIts(0, GitsOffset.Cwriter, 64);
        Assert.Equal(Quiescent | 1, port.ReadIts(0, GitsOffset.Ctlr));
    }

    /// <summary>What a guest can leave a VMM must be able to take along.</summary>
    [Fact]
    public void Write_offset_outside_a_queue_that_was_made_smaller_can_be_moved()
    {
        var options = new GuestOptions { Profile = GicProfiles.Kvm with { CbaserClearsCwriter = false } };
        var guest = Guest.Started(options);
        guest.Run([.. Enumerable.Repeat(GuestCommand.Sync(0), 200)]);
        guest.Disable();
        guest.PlaceQueueKeepingCwriter(1);
        Assert.Equal(200UL * GuestCommand.SizeBytes, guest.Cwriter());

        AssertMoves(guest);
    }

    [Fact]
    public void PTZ_is_staged_and_reads_zero()
    {
        var guest = new Guest();
        guest.Fill(Places.ConfigurationTable, 0xE000, Guest.EnabledAtA0);
        guest.SetPendingBit(0, 8192);
        guest.SetPendingBit(1, 8192);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        port.WriteGicr64(0, GicrOffset.Propbaser, Places.ConfigurationTable | 15);
        foreach (var vcpu in new[] { 0, 1 })
        {
            port.WriteGicr64(vcpu, GicrOffset.Pendbaser, Places.PendingTable(vcpu) | (vcpu == 0 ? 1UL << 62 : 0));
            port.WriteGicr(vcpu, GicrOffset.Ctlr, 1);
            Assert.Equal(0UL, port.ReadGicr64(vcpu, GicrOffset.Pendbaser) & (1UL << 62));
        }

        port.Resume();

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal([8192U], guest.PendingAt(1));
    }

    /// <summary>When the VM resumes the memory may hold another guest's kernel.</summary>
    [Fact]
    public void Redistributor_that_is_disabled_leaves_guest_memory_alone()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Signal(2, 20);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        foreach (var vcpu in Enumerable.Range(0, 4))
        {
            port.WriteGicr(vcpu, GicrOffset.Ctlr, 0);
            guest.Fill(Places.PendingTable(vcpu), 0x2000, 0xEE);
        }

        port.WriteGicr64(3, GicrOffset.Pendbaser, Places.Scratch);
        port.Resume();

        Assert.Empty(guest.PendingAt(3));
        Assert.Equal(Places.Scratch, guest.Gicr(3).Read64(GicrOffset.Pendbaser) & 0x000F_FFFF_FFFF_0000);
        foreach (var vcpu in Enumerable.Range(0, 4))
        {
            Assert.All(guest.ReadBytes(Places.PendingTable(vcpu), 0x2000), kept => Assert.Equal(0xEE, kept));
        }
    }

    /// <summary>As a VMM does that loads a snapshot into the VM that it has.</summary>
    [Fact]
    public void Redistributor_that_is_disabled_and_enabled_again_has_what_the_pending_table_holds_by_then()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Signal(2, 20);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        port.WriteGicr(3, GicrOffset.Ctlr, 0);
        guest.Fill(Places.PendingTable(3), 0x2000, 0);
        guest.SetPendingBit(3, 8200);
        port.WriteGicr64(3, GicrOffset.Pendbaser, Places.PendingTable(3));
        port.WriteGicr(3, GicrOffset.Ctlr, 1);
        port.Resume();

        Assert.Equal([8200U], guest.PendingAt(3));
    }

    [Fact]
    public void Redistributor_that_is_disabled_and_enabled_again_may_have_another_pending_table()
    {
        var guest = Guest.Started();
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        port.WriteGicr(3, GicrOffset.Ctlr, 0);
        port.WriteGicr64(3, GicrOffset.Pendbaser, Places.Scratch);
        port.WriteGicr(3, GicrOffset.Ctlr, 1);
        guest.WriteByte(Places.Scratch + (8200 / 8), 1);
        port.Resume();

        Assert.Equal([8200U], guest.PendingAt(3));
    }

    /// <summary>As by a restore of one that was disabled: the bits that are taken over are cleared.</summary>
    [Fact]
    public void Redistributor_that_is_enabled_again_with_tables_takes_its_pending_bits_over()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Signal(2, 20);
        ScriptedGuests.SaveTables(guest);
        var port = new AttributePort(guest);
        var image = AttributeImage.Of(guest);
        guest.Gic.Userspace.ResetIts(0);
        port.WriteGicr(3, GicrOffset.Ctlr, 0);
        port.WriteGicr(3, GicrOffset.Ctlr, 1);
        image.WriteIts(port, 0);
        port.Resume();

        Assert.Equal([8195U], guest.PendingAt(3));
        Assert.Equal(0, guest.ReadByte(Places.PendingByte(3, 8195)));
    }

    [Fact]
    public void Reset_forgets_what_is_staged()
    {
        var guest = Guest.Started();
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        port.WriteIts(0, GitsOffset.Creadr, 0xF_FFE0);
        port.WriteGicr(0, GicrOffset.Ctlr, 0);
        Assert.True(guest.Gic.Userspace.HasStaged);

        guest.Gic.Reset();

        Assert.False(guest.Gic.Userspace.HasStaged);
        port.Resume();
        Assert.Null(StateDifference.Between(new Guest().Gic.Persistence.Save(), guest.Gic.Persistence.Save()));
    }

    [Fact]
    public void Restored_state_takes_the_place_of_what_is_staged()
    {
        var guest = Guest.Started();
        var state = guest.Gic.Persistence.Save();
        guest.Gic.Pause();
        new AttributePort(guest).WriteIts(0, GitsOffset.Creadr, 0xF_FFE0);

        Assert.Empty(guest.Gic.Persistence.Restore(state));

        new AttributePort(guest).Resume();
        Assert.Null(StateDifference.Between(state, guest.Gic.Persistence.Save()));
    }

    /// <summary>kvm-uapi section 5: the check of the offset comes before all others but its place.</summary>
    [Fact]
    public void Offsets_are_judged_as_KVM_does()
    {
        var guest = Guest.Started();
        var userspace = guest.Gic.Userspace;

        Assert.Equal(UserspaceError.Invalid, userspace.WriteItsRegister(0, GitsOffset.Cbaser + 4, 0).Error);
        Assert.Equal(UserspaceError.Invalid, userspace.ReadItsRegister(0, 2).Error);
        Assert.Equal(UserspaceError.Running, userspace.WriteItsRegister(0, 0x200, 0).Error);
        Assert.Equal(UserspaceError.NoSuchRegister, userspace.ReadItsRegister(0, 0x200).Error);
        guest.Gic.Pause();
        Assert.Equal(UserspaceError.NoSuchRegister, userspace.WriteItsRegister(0, 0x200, 0).Error);
        Assert.Equal(UserspaceError.NoSuchRegister, userspace.WriteItsRegister(0, GitsOffset.Translater, 0).Error);
        Assert.Equal(UserspaceError.None, userspace.WriteItsRegister(0, GitsOffset.Iidr, 0xFFFF_0FFF).Error);
        Assert.Equal(UserspaceError.Invalid, userspace.WriteItsRegister(0, GitsOffset.Iidr, 0x1000).Error);
        Assert.Equal(UserspaceError.None, userspace.ReadItsRegister(0, 0xFFE8).Error);
        Assert.Equal(UserspaceError.None, userspace.ReadItsRegister(0, 0xFFEC).Error);
        Assert.False(userspace.HasStaged);
    }

    /// <summary>Every word of the frames that software can write, with any values.</summary>
    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Random_values_of_all_registers_can_be_moved(string profile)
    {
        var options = new GuestOptions { Profile = Named.Profile(profile), VcpuCount = 2 };
        for (var seed = 1UL; seed <= 5; seed++)
        {
            var random = new Xorshift(seed);
            var guest = new Guest(options);
            WriteRandom(guest.Gicd, GicdMap.Map, random);
            WriteRandom(guest.Gicr(0), GicrMap.Map, random);
            WriteRandom(guest.Gicr(1), GicrMap.Map, random);
            AssertMoves(guest);
        }
    }

    private static void WriteRandom(RegisterPort port, RegisterMap map, Xorshift random)
    {
        foreach (var row in map.Rows.Where(row => row.Name is not ("GICR_CTLR" or "GICR_PENDBASER")))
        {
            for (var index = 0; index < row.Count; index++)
            {
                port.Write(row.Offset + (index * row.WidthBytes), row.WidthBytes, random.Next());
            }
        }
    }

    /// <summary>By registers alone, since there is nothing in the tables.</summary>
    private static void AssertMoves(Guest guest)
    {
        GicState state = guest.Gic.Persistence.Save();
        guest.Gic.Pause();
        var copy = new Guest(guest.Options);
        copy.Gic.Pause();
        var (from, to) = (new AttributePort(guest), new AttributePort(copy));
        MoveWords(from, to);
        foreach (var offset in ItsSteps.Offsets)
        {
            to.WriteIts(0, offset, from.ReadIts(0, offset));
        }

        AttributeImage.Of(guest).WriteLpiRegisters(to);
        foreach (var vcpu in Enumerable.Range(0, guest.Options.VcpuCount))
        {
            foreach (var register in AttributeImage.CpuRegisters)
            {
                to.WriteCpu(vcpu, register, from.ReadCpu(vcpu, register));
            }
        }

        to.Resume();
        Assert.Null(StateDifference.Between(state with { FirstToStep = 0 }, copy.Gic.Persistence.Save()));
    }

    private static void MoveWords(AttributePort from, AttributePort to)
    {
        foreach (var row in GicdMap.Map.Rows.Where(IsMoved))
        {
            for (var offset = row.Offset; offset < row.Offset + (row.Count * row.WidthBytes); offset += 4)
            {
                to.WriteGicd(offset, from.ReadGicd(offset));
            }
        }

        foreach (var row in GicrMap.Map.Rows.Where(IsMoved))
        {
            for (var offset = row.Offset; offset < row.Offset + (row.Count * row.WidthBytes); offset += 4)
            {
                foreach (var vcpu in Enumerable.Range(0, from.Guest.Options.VcpuCount))
                {
                    to.WriteGicr(vcpu, offset, from.ReadGicr(vcpu, offset));
                }
            }
        }
    }

    /// <summary>All but those that clear what another one sets.</summary>
    private static bool IsMoved(RegisterRow row) => row.Id is not (RegisterId.Icenabler or RegisterId.Icactiver);
}
