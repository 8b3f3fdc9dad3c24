using ItsService.Benchmarks.Core;
using ItsService.Benchmarks.Reporting;
using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Protocol.V1;

namespace ItsService.Benchmarks.Footprint;

/// <summary>Bytes of the managed heap that mappings and idle VMs hold, after a full collection.</summary>
internal static class MemoryFigures
{
    private const int DenseDevices = 16;
    private const int DenseEvents = 65_536;
    private const int SparseDevices = 256;
    private const int VmCount = 10_000;

    public static async IAsyncEnumerable<Figure> MeasureAsync(RunPlan plan)
    {
        if (plan.Wants("mem.event"))
        {
            yield return Dense();
            yield return Sparse();
        }

        if (plan.Wants("mem.vm"))
        {
            yield return await IdleVmsAsync();
            yield return IdleControllers();
        }
    }

    /// <summary>16 devices with 65,536 events each, from a guest with 21 INTID bits.</summary>
    private static Figure Dense()
    {
        var guest = new BenchmarkGuest(intIdBits: 21);
        guest.MapCollections();
        guest.Run();
        var before = HeldBytes();
        guest.MapDevices(DenseDevices, DenseEvents);
        for (var number = 0u; number < DenseDevices * DenseEvents; number++)
        {
            guest.PutMapti(number / DenseEvents, number % DenseEvents, IntId.FirstLpi + number, number % 4);
        }

        guest.Run();
        return PerEvent("mem.event", guest, before, DenseDevices * DenseEvents);
    }

    /// <summary>
    /// 256 functions of PCI devices with 16 EventID bits, of which each uses four events that lie far apart; the LPIs
    /// in blocks of 32, as Linux gives them out.
    /// </summary>
    private static Figure Sparse()
    {
        var guest = new BenchmarkGuest();
        guest.MapCollections();
        guest.Run();
        var before = HeldBytes();
        for (var index = 0u; index < SparseDevices; index++)
        {
            var device = index * 8;
            guest.MapDevice(device, eventIdBits: 16);
            for (var number = 0u; number < 4; number++)
            {
                guest.PutMapti(device, (number * 16_384) + index, IntId.FirstLpi + (index * 32) + number, number);
            }
        }

        guest.Run();
        return PerEvent("mem.event.sparse", guest, before, SparseDevices * 4);
    }

    private static Figure PerEvent(string key, BenchmarkGuest guest, long before, int expectedEvents)
    {
        var held = HeldBytes() - before;
        var mapped = guest.Gic.Inspection.Devices(0).Sum(device => device.EventCount);
        return mapped == expectedEvents
            ? new Figure(key, held / (double)mapped, "bytes", Samples: 1)
            : throw new InvalidOperationException($"{mapped} events are mapped, not {expectedEvents}");
    }

    /// <summary>VMs as the API creates them, with all that the host keeps for each.</summary>
    private static async Task<Figure> IdleVmsAsync()
    {
        await using var service = await InProcessService.StartAsync();
        await service.Client.CreateVmAsync("warm-up", IdleVm());
        var before = HeldBytes();
        for (var number = 1; number < VmCount; number++)
        {
            await service.Client.CreateVmAsync("", IdleVm());
        }

        return new Figure("mem.vm", (HeldBytes() - before) / (double)(VmCount - 1), "bytes", VmCount - 1);
    }

    /// <summary>The model's part of that.</summary>
    private static Figure IdleControllers()
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
        return new Figure("mem.vm.model", held / (double)VmCount, "bytes", VmCount);
    }

    private static VmSpec IdleVm() => new()
    {
        Vcpus = { new Vcpu(), new Vcpu(), new Vcpu(), new Vcpu() },
        MemoryRegions =
        {
            new ItsService.Protocol.V1.MemoryRegion
            {
                Base = 0x4000_0000,
                SizeBytes = 1 << 30,
                Hosted = new HostedMemory(),
            },
        },
    };

    private static long HeldBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
