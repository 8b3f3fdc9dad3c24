using System.Collections.Immutable;
using Google.Protobuf;
using ItsService.Core.State;
using ItsService.Server.Errors;

namespace ItsService.Server.State;

/// <summary>
/// The model's state from the message that was saved. Only what cannot stand in the model's records is judged here;
/// whether a controller can be in the state is the model's to say.
/// </summary>
/// <param name="problems">Takes what is wrong, with its place in the state.</param>
internal sealed class StateFromWire(RequestProblems problems)
{
    /// <summary>The state; worth nothing where there are problems.</summary>
    public GicState Read(V1.SavedState saved) => new(
        ReadDistributor(saved.Distributor ?? Missing(new V1.SavedDistributor(), "distributor")),
        Read(saved.Redistributors, "redistributor", ReadRedistributor),
        Read(saved.CpuInterfaces, "cpu_interface", ReadCpuInterface),
        Read(saved.Its, "its", ReadIts),
        ReadLpis(saved.Lpis ?? Missing(new V1.SavedLpis(), "lpis")),
        ToInt(saved.FirstToStep));

    private DistributorState ReadDistributor(V1.SavedDistributor saved) => new(
        saved.Group0Enabled,
        saved.Group1Enabled,
        Read(saved.SpiBanks, "distributor.spi_bank", ReadBank),
        [.. saved.Routes]);

    private InterruptBankState ReadBank(V1.SavedInterruptBank saved, string path) => new(
        saved.Group1,
        saved.Enabled,
        saved.PendingLatch,
        saved.Active,
        PackedNumbers.FromBytes<byte>(saved.Priorities),
        [.. saved.Configuration],
        saved.Level,
        saved.NotifiesEnd);

    private RedistributorState ReadRedistributor(V1.SavedRedistributor saved, string path) => new(
        saved.LpisEnabled,
        saved.Asleep,
        saved.Propbaser,
        saved.PropbaserInForce,
        saved.Pendbaser,
        ReadBank(
            saved.PrivateInterrupts ?? Missing(new V1.SavedInterruptBank(), $"{path}.private"), $"{path}.private"),
        Unpack<uint>(saved.PendingLpis, $"{path}.pending"),
        saved.Group0BarredFromOneOfN,
        saved.Group1BarredFromOneOfN);

    private CpuInterfaceState ReadCpuInterface(V1.SavedCpuInterface saved, string path) => new(
        ToByte(saved.PriorityMask, $"{path}.ICC_PMR_EL1"),
        ToInt(saved.BinaryPoint0),
        ToInt(saved.BinaryPoint1),
        saved.Control,
        saved.Group0Enabled,
        saved.Group1Enabled,
        [.. saved.ActivePriorities0],
        [.. saved.ActivePriorities1]);

    private ItsState ReadIts(V1.SavedIts saved, string path) => new(
        new ItsControlFrameState(saved.Enabled, [.. saved.Basers], saved.Statusr, saved.Umsir),
        new CommandQueueState(saved.Cbaser, saved.ReadOffset, saved.WriteOffset, saved.Stalled),
        [.. saved.Collections.Select(entry => new CollectionState(entry.CollectionId, ToInt(entry.Vcpu)))],
        [.. saved.Devices.Select(device => ReadDevice(device, path))]);

    private DeviceState ReadDevice(V1.SavedDevice saved, string path) => new(
        saved.DeviceId,
        saved.IttAddress,
        ToInt(saved.EventIdBits),
        PackedNumbers.IsWhole<EventState>(saved.Events)
            ? PackedNumbers.ViewOf<EventState>(saved.Events)
            : Unpack<EventState>(saved.Events, $"{path}.device[0x{saved.DeviceId:X}].event").AsMemory());

    private LpiConfigurationsState ReadLpis(V1.SavedLpis saved) => new(
        [.. saved.Blocks.Select(ReadBlock)],
        [.. saved.Owners.Select(owner => new LpiOwnerState(owner.Lpi, ToInt(owner.Its), owner.CollectionId))]);

    private LpiBlockState ReadBlock(V1.SavedLpiBlock saved) => new(
        saved.FirstLpi,
        PackedNumbers.IsWhole<ulong>(saved.Known)
            ? PackedNumbers.FromBytes<ulong>(saved.Known)
            : Unpack<ulong>(saved.Known, $"lpis.block[{saved.FirstLpi}].known"),
        PackedNumbers.FromBytes<byte>(saved.Configurations));

    private static ImmutableArray<TState> Read<TSaved, TState>(
        IList<TSaved> saved, string path, Func<TSaved, string, TState> read)
    {
        var states = ImmutableArray.CreateBuilder<TState>(saved.Count);
        for (var index = 0; index < saved.Count; index++)
        {
            states.Add(read(saved[index], $"{path}[{index}]"));
        }

        return states.MoveToImmutable();
    }

    private ImmutableArray<T> Unpack<T>(ByteString bytes, string path)
        where T : unmanaged
    {
        if (PackedNumbers.IsWhole<T>(bytes))
        {
            return PackedNumbers.FromBytes<T>(bytes);
        }

        problems.Add(new Problem(
            V1.ErrorReason.OutOfRange, path, $"{bytes.Length} bytes are no whole number of entries"));
        return [];
    }

    private T Missing<T>(T empty, string path)
    {
        problems.Add(new Problem(V1.ErrorReason.Required, path, "it is missing"));
        return empty;
    }

    private byte ToByte(uint value, string path)
    {
        if (value > byte.MaxValue)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, path, $"{value} is no byte") { Accepted = "0..255" });
        }

        return (byte)value;
    }

    /// <summary>No number of a right state is so large, and the model refuses the largest like all that are.</summary>
    private static int ToInt(uint value) => (int)Math.Min(value, int.MaxValue);
}
