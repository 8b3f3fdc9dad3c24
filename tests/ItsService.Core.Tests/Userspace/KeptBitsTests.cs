using ItsService.Core.Tests.GuestTables;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>A restore that leaves guest memory as it is, so that it can be done again.</summary>
public class KeptBitsTests
{
    private const uint Lpi = 8195;
    private const int Vcpu = 3;

    [Fact]
    public void Restore_that_keeps_the_bits_writes_nothing_and_can_be_done_again()
    {
        var tables = WithPending();
        var memory = new Guest(tables.Guest.Options);
        RamCopy.Copy(tables.Guest, memory);

        for (var attempt = 0; attempt < 2; attempt++)
        {
            tables.Guest.Gic.Reset();
            tables.Guest.Gic.Pause();
            tables.Stage();
            Assert.True(tables.Guest.Gic.Userspace.Commit(keepsTakenBits: true).IsDone);
            Assert.Equal([Lpi], tables.Guest.PendingAt(Vcpu));
            Assert.Null(RamCopy.Difference(memory, tables.Guest));
        }
    }

    /// <summary>What was taken meanwhile does not come back, as the guest's write is of the whole table.</summary>
    [Fact]
    public void Guest_that_disables_and_enables_LPIs_does_not_find_them_again()
    {
        var tables = WithPending();
        tables.Stage();
        Assert.True(tables.Guest.Gic.Userspace.Commit(keepsTakenBits: true).IsDone);
        tables.Port.Resume();
        var guest = tables.Guest;
        Assert.Equal([Lpi], guest.Cpu(Vcpu).TakeAll());

        guest.Gicr(Vcpu).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(Vcpu).Write32(GicrOffset.Ctlr, 1);

        Assert.Empty(guest.PendingAt(Vcpu));
    }

    /// <summary>Between a VMM's 0 and 1 nothing is written: it is a save that writes what is pending.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Vmm_that_disables_and_enables_LPIs_finds_what_was_saved_last(bool savesBefore)
    {
        var tables = WithPending();
        tables.Stage();
        Assert.True(tables.Guest.Gic.Userspace.Commit(keepsTakenBits: true).IsDone);
        tables.Port.Resume();
        var guest = tables.Guest;
        Assert.Equal([Lpi], guest.Cpu(Vcpu).TakeAll());

        guest.Gic.Pause();
        if (savesBefore)
        {
            Assert.True(guest.Gic.Userspace.SavePendingTables().IsDone);
        }

        tables.Port.WriteGicr(Vcpu, GicrOffset.Ctlr, 0);
        tables.Port.WriteGicr(Vcpu, GicrOffset.Ctlr, 1);
        tables.Port.Resume();

        Assert.Equal(savesBefore ? [] : [Lpi], guest.PendingAt(Vcpu));
    }

    private static TableGuest WithPending()
    {
        var tables = new TableGuest().Good();
        tables.Guest.SetPendingBit(Vcpu, Lpi);
        return tables;
    }
}
