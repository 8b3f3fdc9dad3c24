using ItsService.Core.CpuInterface;
using ItsService.Core.GuestTables;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tests.Userspace;
using ItsService.Core.Userspace;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// A Paused VM at reset over memory in which a test writes tables, as a guest might have. Restoring stages the
/// registers of S0, in which the tables are where the standard guest has them, and resumes.
/// </summary>
internal sealed class TableGuest
{
    public const ulong Flat = Guest.Valid | Guest.Pages64K;

    private readonly ulong _deviceTable;
    private readonly ulong _collectionTable;

    public TableGuest(GuestOptions? options = null, ulong deviceTable = Flat, ulong collectionTable = Flat)
    {
        _deviceTable = deviceTable | Places.DeviceTable();
        _collectionTable = collectionTable | Places.CollectionTable();
        Guest = new Guest(options);
        Guest.Fill(Places.ConfigurationTable, 0xE000, Guest.EnabledAtA0);
        Guest.Gic.Pause();
    }

    public Guest Guest { get; }

    public AttributePort Port => new(Guest);

    public static TableGuest TwoLevel() => new(deviceTable: Flat | Guest.Indirect);

    public TableGuest Device(uint device, ulong entry) => Write(Places.DeviceTable() + (device * 8UL), entry);

    public TableGuest Collection(uint slot, ulong entry) => Write(Places.CollectionTable() + (slot * 8UL), entry);

    public TableGuest Event(ulong itt, uint eventId, ulong entry) => Write(itt + (eventId * 8UL), entry);

    public TableGuest Write(ulong address, ulong entry)
    {
        Guest.Write64(address, entry);
        return this;
    }

    /// <summary>Device 2 with event 20 on LPI 8195 in collection 3, which is vCPU 3's: tables section 6.5.</summary>
    public TableGuest Good() =>
        Device(2, TableEntries.Dte(Places.Itt(2), 8))
            .Event(Places.Itt(2), 20, TableEntries.Ite(8195, 3))
            .Collection(0, TableEntries.Cte(3, 3));

    public void Stage()
    {
        Port.WriteGicd(0, 2);
        for (var vcpu = 0; vcpu < Guest.Options.VcpuCount; vcpu++)
        {
            Port.WriteGicr64(vcpu, GicrOffset.Propbaser, Places.ConfigurationTable | 15);
            Port.WriteGicr64(vcpu, GicrOffset.Pendbaser, Places.PendingTable(vcpu));
            Port.WriteGicr(vcpu, GicrOffset.Ctlr, 1);
            Port.WriteCpu(vcpu, SystemRegister.IccIgrpen1, 1);
            Port.WriteCpu(vcpu, SystemRegister.IccPmr, 0xF8);
        }

        Port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 15);
        Port.WriteIts(0, GitsOffset.Baser0, _deviceTable);
        Port.WriteIts(0, GitsOffset.Baser1, _collectionTable);
        Port.RestoreTables();
        Port.WriteIts(0, GitsOffset.Ctlr, 1);
    }

    public CommitResult Restore()
    {
        Stage();
        return Guest.Gic.Resume();
    }

    public void RestoreWell()
    {
        var result = Restore();
        Assert.True(result.IsDone, string.Join("; ", result.Problems));
    }

    /// <summary>Restores what must be refused, for these reasons alone, with nothing changed.</summary>
    public void AssertRefused(params (RestoreProblemKind Kind, string Path)[] problems)
    {
        Stage();
        AssertStillRefused(problems);
    }

    /// <summary>The same once the registers are staged.</summary>
    public void AssertStillRefused(params (RestoreProblemKind Kind, string Path)[] problems)
    {
        var before = Guest.Gic.Persistence.Save();
        var memory = new Guest(Guest.Options);
        RamCopy.Copy(Guest, memory);

        var result = Guest.Gic.Resume();

        Assert.Equal(AccessStatus.Ok, result.Status);
        Assert.Equal(problems, result.Problems.Select(problem => (problem.Kind, problem.Path)));
        Assert.All(result.Problems, problem => Assert.NotEmpty(problem.Message));
        Assert.Equal(RunState.Paused, Guest.Gic.State);
        Assert.True(Guest.Gic.Userspace.HasStaged);
        Assert.Null(StateDifference.Between(before, Guest.Gic.Persistence.Save()));
        Assert.Null(RamCopy.Difference(memory, Guest));
    }

    /// <summary>The mapped devices with their events.</summary>
    public string[] Mapped() =>
    [
        .. Guest.Gic.Inspection.Devices(0).SelectMany(device => Guest.Gic.Inspection.Events(0, device.Device)
            .Select(e => $"{device.Device.Value}:{e.Event.Value}={e.Lpi.Value}/{e.Collection.Value}")
            .DefaultIfEmpty($"{device.Device.Value}")),
    ];
}
