using BenchmarkDotNet.Attributes;
using ItsService.Core.Identifiers;

namespace ItsService.Benchmarks.Core;

/// <summary>Commands whose cost could grow with the vCPUs, or with the LPIs that are mapped.</summary>
public class ScaleBenchmarks
{
    /// <summary>As many events as there are LPIs in 16 bits.</summary>
    private const int EventCount = 57_344;

    private const int MaptiCount = 16_384;
    private const int InvallCount = 64;

    private BenchmarkGuest _guest = null!;

    [Params(4, 512)]
    public int VcpuCount { get; set; }

    [GlobalSetup]
    public void Start()
    {
        _guest = new BenchmarkGuest(vcpuCount: VcpuCount);
        _guest.Map(deviceCount: 1, EventCount);
    }

    [IterationSetup(Target = nameof(ExecuteMapti))]
    public void Unmap()
    {
        _guest.MapDevices(deviceCount: 1, EventCount);
        _guest.Run();
        for (var eventId = 0u; eventId < MaptiCount; eventId++)
        {
            _guest.PutMapti(0, eventId, IntId.FirstLpi + eventId, eventId % (uint)VcpuCount);
        }
    }

    [Benchmark(OperationsPerInvoke = MaptiCount)]
    public void ExecuteMapti() => _guest.Run();

    [IterationSetup(Target = nameof(ExecuteInvall))]
    public void PutInvalls()
    {
        for (var number = 0u; number < InvallCount; number++)
        {
            _guest.PutInvall(number % (uint)VcpuCount);
        }
    }

    /// <summary>Nothing has changed in the guest's table, which is what INVALL mostly finds.</summary>
    [Benchmark(OperationsPerInvoke = InvallCount)]
    public void ExecuteInvall() => _guest.Run();
}
