using BenchmarkDotNet.Attributes;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;

namespace ItsService.Benchmarks.Core;

/// <summary>Messages, from the front door of the model until they are pending, and on until they are ended.</summary>
public class MsiBenchmarks
{
    /// <summary>The events of a cycle, which no first-level cache holds.</summary>
    public const int CycleEvents = 65_536;

    private const int RepeatCount = 4096;

    private readonly BenchmarkGuest _guest = new(intIdBits: 17);
    private readonly ushort[] _randomOrder = new ushort[CycleEvents];

    [GlobalSetup]
    public void Map()
    {
        for (var number = 0; number < CycleEvents; number++)
        {
            _randomOrder[number] = (ushort)number;
        }

        new Random(1).Shuffle(_randomOrder);
        _guest.Map(deviceCount: 1, CycleEvents);
    }

    /// <summary>One event again and again: after the first it is pending already.</summary>
    [Benchmark(OperationsPerInvoke = RepeatCount)]
    public int Pending()
    {
        var pending = 0;
        for (var repeat = 0; repeat < RepeatCount; repeat++)
        {
            pending += Signal(0, 1);
        }

        return Expect(pending, RepeatCount);
    }

    /// <summary>Each event is taken before the next one comes.</summary>
    [Benchmark(OperationsPerInvoke = CycleEvents)]
    public int CycleOneByOne()
    {
        var ended = 0;
        foreach (var eventId in _randomOrder)
        {
            Signal(0, eventId);
            ended += TakeOne(new VcpuIndex(eventId % 4));
        }

        return Expect(ended, CycleEvents);
    }

    /// <summary>All events become pending, and then all are taken.</summary>
    [Benchmark(OperationsPerInvoke = CycleEvents)]
    public int CycleAllTogether()
    {
        foreach (var eventId in _randomOrder)
        {
            Signal(0, eventId);
        }

        return Expect(_guest.TakeAll(), CycleEvents);
    }

    private int Signal(uint device, uint eventId) =>
        _guest.Gic.SignalMsi(0, new DeviceId(device), new EventId(eventId)).IsPending ? 1 : 0;

    private int TakeOne(VcpuIndex vcpu)
    {
        var intId = _guest.Gic.ReadSystemRegister(vcpu, SystemRegister.IccIar1).Value;
        _guest.Gic.WriteSystemRegister(vcpu, SystemRegister.IccEoir1, intId);
        return intId >= IntId.FirstLpi ? 1 : 0;
    }

    /// <summary>A figure of something that did not happen would be worth nothing.</summary>
    private static int Expect(int happened, int expected) =>
        happened == expected ? happened : throw new InvalidOperationException($"{happened} instead of {expected}");
}
