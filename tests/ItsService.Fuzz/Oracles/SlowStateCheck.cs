using System.Collections.Immutable;
using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Profiles;
using ItsService.Core.State;

namespace ItsService.Fuzz.Oracles;

/// <summary>
/// Whether a controller can be in a state, decided the slow and obvious way: registers are asked of a machine
/// (<see cref="RegisterEcho"/>), the rest is counted and looked up. What the model accepts, this must; and what it
/// refuses, this must refuse.
/// </summary>
internal sealed class SlowStateCheck(VirtualGicConfiguration shape)
{
    private const uint FirstLpi = 8192;

    private readonly RegisterEcho _echo = new(shape);

    private GicProfile Profile => shape.Profile;

    private ulong IntIdCount => 1UL << Profile.IntIdBits;

    /// <summary>The place of something that cannot be, or null.</summary>
    public string? FirstProblem(GicState state)
    {
        var vcpuCount = shape.Affinities.Count;
        return Count(state.Redistributors) != vcpuCount ? "redistributors"
            : Count(state.CpuInterfaces) != vcpuCount ? "CPU interfaces"
            : Count(state.Services) != shape.ItsCount ? "ITSs"
            : state.FirstToStep < 0 || state.FirstToStep >= shape.ItsCount ? "turn"
            : OfDistributor(state.Distributor)
                ?? First(state.Redistributors, OfRedistributor)
                ?? First(state.CpuInterfaces, OfCpu)
                ?? First(state.Services, OfIts)
                ?? OfTotals(state)
                ?? First(state.Lpis.Blocks.Select((block, index) =>
                    OfBlock(block, index == 0 ? 0 : state.Lpis.Blocks[index - 1].FirstLpi)))
                ?? OfOwners(state);
    }

    private string? OfDistributor(DistributorState state)
    {
        var spiCount = Profile.IntIdLines - 32;
        return Count(state.Routes) != spiCount ? "routes"
            : Count(state.SpiBanks) != spiCount / 32 ? "banks"
            : state.Routes.Where((route, number) => !_echo.HoldsRoute(number, route)).Any() ? "a route"
            : state.Group0Enabled && !_echo.HoldsGroup0Enable() ? "EnableGrp0"
            : First(state.SpiBanks.Select((bank, index) => OfBank(bank, index + 1)));
    }

    private string? OfBank(InterruptBankState bank, int number) =>
        Count(bank.Priorities) != 32 || Count(bank.Configuration) != 2
        || !_echo.HoldsBank(number, bank.Priorities.AsSpan(), bank.Configuration.AsSpan())
            ? $"bank {number}"
            : null;

    private string? OfRedistributor(RedistributorState state) =>
        state.IsAsleep && !_echo.CanSleep() ? "WAKER"
        : !_echo.HoldsPropbaser(state.Propbaser) ? "PROPBASER"
        : !_echo.HoldsPropbaser(state.PropbaserInForce) ? "PROPBASER in force"
        : !_echo.HoldsPendbaser(state.Pendbaser) ? "PENDBASER"
        : OfBank(state.PrivateInterrupts, 0) ?? OfPending(state);

    private string? OfPending(RedistributorState state)
    {
        if (Count(state.PendingLpis) == 0)
        {
            return null;
        }

        var limit = Math.Min(IntIdCount, 2UL << (int)(state.PropbaserInForce & 0x1F));
        return !state.LpisEnabled ? "pending while disabled"
            : !IsAscending(state.PendingLpis.Select(lpi => (long)lpi)) ? "order of pending LPIs"
            : state.PendingLpis.Any(lpi => lpi < FirstLpi || lpi >= limit) ? "a pending LPI"
            : null;
    }

    private string? OfCpu(CpuInterfaceState state) =>
        !_echo.HoldsCpu(SystemRegister.IccPmr, state.PriorityMask) ? "PMR"
        : state.BinaryPoint0 < 0 || !_echo.HoldsCpu(SystemRegister.IccBpr0, (ulong)state.BinaryPoint0) ? "BPR0"
        : state.BinaryPoint1 < 0 || !_echo.HoldsCpu(SystemRegister.IccBpr1, (ulong)state.BinaryPoint1) ? "BPR1"
        : !_echo.HoldsCpu(SystemRegister.IccCtlr, state.Control) ? "ICC_CTLR"
        : !HoldActive(state.ActivePriorities0, SystemRegister.IccAp0R0) ? "AP0R"
        : !HoldActive(state.ActivePriorities1, SystemRegister.IccAp1R0) ? "AP1R"
        : null;

    private bool HoldActive(ImmutableArray<uint> registers, SystemRegister first) =>
        Count(registers) == 4
        && Enumerable.Range(0, 4).All(number => _echo.HoldsCpu(first + number, registers[number]));

    private string? OfIts(ItsState state)
    {
        var (frame, queue) = (state.ControlFrame, state.Queue);
        if (Count(frame.Basers) != 8
            || Enumerable.Range(0, 8).Any(number => !_echo.HoldsBaser(number, frame.Basers[number])))
        {
            return "BASER";
        }

        var queueBytes = ((queue.Cbaser & 0xFF) + 1) * 4096;
        var keepsOutside = Profile.KeepsOutOfRangeCwriter || !Profile.CbaserClearsCwriter;
        return !_echo.HoldsCbaser(queue.Cbaser) ? "CBASER"
            : queue.ReadOffset % 32 != 0 || queue.ReadOffset >= queueBytes ? "CREADR"
            : queue.WriteOffset % 32 != 0 || queue.WriteOffset >= (keepsOutside ? 1UL << 20 : queueBytes) ? "CWRITER"
            : queue.IsStalled && Profile.CommandErrorPolicy == CommandErrorPolicy.Continue ? "Stalled"
            : frame.Statusr > (Profile.HasStatusRegister ? 0x3FFUL : 0) ? "STATUSR"
            : frame.Umsir != 0 && !(Profile.HasStatusRegister && Profile.RecordsUnmappedMessages) ? "UMSIR"
            : frame.IsEnabled && !_echo.CanBeEnabled(queue.Cbaser, frame.Basers[0], frame.Basers[1]) ? "Enabled"
            : OfCollections(state) ?? OfDevices(state);
    }

    private string? OfCollections(ItsState state)
    {
        var room = (ulong)Profile.HardwareCollections + new TableGeometry(state.ControlFrame.Basers[1]).Capacity;
        return !IsAscending(state.Collections.Select(entry => (long)entry.Collection)) ? "order of collections"
            : state.Collections.Any(entry => !IsCollection(entry.Collection) || entry.Collection >= room
                || entry.Vcpu < 0 || entry.Vcpu >= shape.Affinities.Count) ? "a collection"
            : null;
    }

    private string? OfDevices(ItsState state)
    {
        var room = Math.Min(new TableGeometry(state.ControlFrame.Basers[0]).Capacity, 1UL << Profile.DeviceIdBits);
        return !IsAscending(state.Devices.Select(device => (long)device.Device)) ? "order of devices"
            : state.Devices.Any(device => device.Device >= room) ? "a DeviceID"
            : First(state.Devices, OfDevice);
    }

    private string? OfDevice(DeviceState device) =>
        (device.IttAddress & 0xFFF0_0000_0000_00FF) != 0 ? "a translation table"
        : device.EventIdBits < 1 || device.EventIdBits > Profile.EventIdBits ? "EventID bits"
        : !IsAscending(device.Events.ToArray().Select(mapped => (long)mapped.Event)) ? "order of events"
        : device.Events.ToArray().Any(mapped => mapped.Event >= 1UL << device.EventIdBits || mapped.Lpi < FirstLpi
            || mapped.Lpi >= IntIdCount || !IsCollection(mapped.Collection)) ? "an event"
        : null;

    private string? OfTotals(GicState state) =>
        state.Services.Sum(its => (long)its.Devices.Length) > shape.MappedDevicesMax ? "devices"
        : state.Services.Sum(its => its.Devices.Sum(device => (long)device.Events.Length)) > shape.MappedEventsMax
            ? "events"
        : state.Redistributors.Sum(redistributor => (long)redistributor.PendingLpis.Length) > shape.PendingLpisMax
            ? "pending LPIs"
        : null;

    private string? OfBlock(LpiBlockState block, uint before) =>
        block.FirstLpi <= before || block.FirstLpi < FirstLpi || block.FirstLpi % 256 != 0
        || block.FirstLpi >= IntIdCount || Count(block.Known) != 4 || Count(block.Configurations) != 256
        || Enumerable.Range(0, 256).Any(index => block.Configurations[index] != 0 && !IsKnown(block, index))
            ? "a block of configurations"
            : null;

    private string? OfOwners(GicState state)
    {
        var mapped = state.Services.SelectMany(its => its.Devices)
            .SelectMany(device => device.Events.ToArray()).Select(entry => entry.Lpi).ToHashSet();
        return state.Lpis.Owners.Any(owner => !mapped.Contains(owner.Lpi) || owner.Its < 0
            || owner.Its >= shape.ItsCount || !IsCollection(owner.Collection)) ? "an owner" : null;
    }

    /// <summary>Whether a block knows the configuration of its LPI of that number.</summary>
    public static bool IsKnown(LpiBlockState block, int index) => ((block.Known[index / 64] >> (index % 64)) & 1) == 1;

    private bool IsCollection(uint collection) => collection < 1UL << Profile.CollectionIdBits;

    private static int Count<T>(ImmutableArray<T> array) => array.IsDefault ? 0 : array.Length;

    private static bool IsAscending(IEnumerable<long> numbers)
    {
        var before = -1L;
        foreach (var number in numbers)
        {
            if (number <= before)
            {
                return false;
            }

            before = number;
        }

        return true;
    }

    private static string? First<T>(IEnumerable<T> parts, Func<T, string?> problem) => First(parts.Select(problem));

    private static string? First(IEnumerable<string?> problems) =>
        problems.FirstOrDefault(problem => problem is not null);
}
