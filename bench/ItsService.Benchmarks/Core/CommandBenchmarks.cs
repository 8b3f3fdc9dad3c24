using BenchmarkDotNet.Attributes;

namespace ItsService.Benchmarks.Core;

/// <summary>A full queue of commands, in contiguous memory of this process.</summary>
public class CommandBenchmarks
{
    /// <summary>The commands of one run.</summary>
    public const int CommandCount = DeviceCount * EventsPerDevice;

    private const int DeviceCount = 16;
    private const int EventsPerDevice = 2047;

    private BenchmarkGuest _guest = null!;
    private (uint Device, uint Event)[] _order = null!;

    [Params(false, true)]
    public bool TwoLevel { get; set; }

    [GlobalSetup]
    public void Start()
    {
        _guest = new BenchmarkGuest(intIdBits: 16, TwoLevel);
        _guest.Map(DeviceCount, EventsPerDevice);
        _order =
        [
            .. from device in Enumerable.Range(0, DeviceCount)
               from eventId in Enumerable.Range(0, EventsPerDevice)
               select ((uint)device, (uint)eventId),
        ];
        new Random(1).Shuffle(_order);
    }

    /// <summary>The devices are mapped anew, without events: every MAPTI adds one.</summary>
    [IterationSetup(Target = nameof(ExecuteMapti))]
    public void Unmap()
    {
        _guest.MapDevices(DeviceCount, EventsPerDevice);
        _guest.Run();
        var lpi = ItsService.Core.Identifiers.IntId.FirstLpi;
        for (var device = 0u; device < DeviceCount; device++)
        {
            for (var eventId = 0u; eventId < EventsPerDevice; eventId++, lpi++)
            {
                _guest.PutMapti(device, eventId, lpi, lpi % 4);
            }
        }
    }

    [Benchmark(OperationsPerInvoke = CommandCount)]
    public void ExecuteMapti() => _guest.Run();

    /// <summary>Nothing is pending, and the events come in random order: every INT makes an LPI pending.</summary>
    [IterationSetup(Target = nameof(ExecuteInt))]
    public void TakeAll()
    {
        _guest.TakeAll();
        foreach (var (device, eventId) in _order)
        {
            _guest.PutInt(device, eventId);
        }
    }

    [Benchmark(OperationsPerInvoke = CommandCount)]
    public void ExecuteInt() => _guest.Run();

    [GlobalCleanup(Target = nameof(ExecuteInt))]
    public void Check()
    {
        if (_guest.TakeAll() != CommandCount)
        {
            throw new InvalidOperationException("Not every INT made an LPI pending.");
        }
    }
}
