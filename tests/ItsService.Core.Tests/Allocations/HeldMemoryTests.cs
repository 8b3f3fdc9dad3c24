using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Allocations;

/// <summary>Not at the same time as other tests: what they hold would count as well.</summary>
[CollectionDefinition(nameof(HeldMemory), DisableParallelization = true)]
public class HeldMemory;

/// <summary>What mapped events and idle VMs may hold: the budgets' lower part.</summary>
[Collection(nameof(HeldMemory))]
public class HeldMemoryTests
{
    private const uint DenseEvents = 16_384;
    private const uint SparseDevices = 256;
    private const int VmCount = 256;
    private const int MeasurementCount = 3;

    public static TheoryData<string> HeldBudgets => [.. Budgets.Names("held.")];

    [Theory]
    [MemberData(nameof(HeldBudgets))]
    public void Nothing_holds_more_than_its_budget(string name)
    {
        // The process has other things on its heap that come and go. They add to a measurement more often than they
        // take from it, and not each time.
        var held = Enumerable.Range(0, MeasurementCount).Min(_ => Measure(name));

        Assert.InRange(held, 1, Budgets.All[name]);
    }

    private static double Measure(string name) => name switch
    {
        "held.event.dense" => BytesPerEvent(MapDense, 4 * DenseEvents),
        "held.event.sparse" => BytesPerEvent(MapSparse, 4 * SparseDevices),
        "held.vm.idle" => BytesPerVm(),
        _ => throw new InvalidOperationException($"{name} is in no test"),
    };

    private static double BytesPerEvent(Action<Guest> map, uint eventCount)
    {
        var profile = GicProfiles.Kvm with { IntIdBits = 17 };
        var guest = Guest.Started(new GuestOptions { Profile = profile, ReachesRamDirectly = true });
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(2).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(3).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 16);
        guest.Fill(Places.ConfigurationTable, (1 << 17) - 8192, Guest.EnabledAtA0);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Run(GuestCommand.Mapc(0, 0));

        // The queue's own pages are there before the count begins.
        guest.Run([.. Enumerable.Repeat(GuestCommand.Sync(0), 2046)]);
        var before = HeldBytes();
        map(guest);
        var held = HeldBytes() - before;

        Assert.Empty(guest.TakeErrors());
        Assert.Equal((int)eventCount, guest.Gic.Inspection.Devices(0).Sum(device => device.EventCount));
        return held / (double)eventCount;
    }

    private static void MapDense(Guest guest)
    {
        for (var device = 0u; device < 4; device++)
        {
            guest.Run(GuestCommand.Mapd(device, 14, Places.Itt(device)));
            for (var eventId = 0u; eventId < DenseEvents; eventId++)
            {
                guest.Run(GuestCommand.Mapti(device, eventId, IntId.FirstLpi + (device * DenseEvents) + eventId, 0));
            }
        }
    }

    /// <summary>PCI functions with four events each, which lie far apart; LPIs in blocks of 32.</summary>
    private static void MapSparse(Guest guest)
    {
        for (var index = 0u; index < SparseDevices; index++)
        {
            guest.Run(GuestCommand.Mapd(index * 8, 16, Places.Itt(index)));
            for (var number = 0u; number < 4; number++)
            {
                guest.Run(GuestCommand.Mapti(
                    index * 8, (number * 16_384) + index, IntId.FirstLpi + (index * 32) + number, 0));
            }
        }
    }

    private static double BytesPerVm()
    {
        var memory = new SparseGuestMemory([]);
        var configuration = new VirtualGicConfiguration
        {
            Affinities = [.. Enumerable.Range(0, 4).Select(index => Affinity.Default(new(index)))],
        };
        var controllers = new VirtualGic[VmCount];
        var before = HeldBytes();
        for (var number = 0; number < VmCount; number++)
        {
            controllers[number] = new VirtualGic(configuration, memory);
        }

        var held = HeldBytes() - before;
        GC.KeepAlive(controllers);
        return held / (double)VmCount;
    }

    private static long HeldBytes() => GC.GetTotalMemory(forceFullCollection: true);
}
