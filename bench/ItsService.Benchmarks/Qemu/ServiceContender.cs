using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using ItsService.Qtest;

namespace ItsService.Benchmarks.Qemu;

/// <summary>The service in this process, by Registers.Batch over a Unix socket.</summary>
internal sealed class ServiceContender : IContender, IAsyncDisposable
{
    private const uint GuestRamBytes = 256 << 20;

    private readonly InProcessService _service;
    private readonly VmHandle _vm;
    private readonly AccessBatch[] _pipelined;
    private readonly AccessBatch[] _batches;
    private readonly (AccessBatch Batch, List<(BatchValue Read, uint Lpi)> Taken)[] _cycles;
    private int _next;

    private ServiceContender(InProcessService service, VmHandle vm)
    {
        _service = service;
        _vm = vm;
        var numbers = Enumerable.Range(0, ComparedGuest.QueueBatches).ToArray();
        _batches = Array.ConvertAll(numbers, number => AddBatch(vm.Batch(), number));
        _cycles = Array.ConvertAll(numbers, Cycle);
        _pipelined =
        [
            .. numbers.Chunk(ComparedGuest.PipelinedBatches)
                .Select(together => together.Aggregate(vm.Batch(), AddBatch)),
        ];
    }

    public static async Task<ServiceContender> StartAsync()
    {
        var service = await InProcessService.StartAsync();
        var vm = await service.Client.CreateVmAsync("", Spec());
        var setUp = vm.Batch();
        foreach (var write in ComparedGuest.SetUp())
        {
            Add(setUp, write);
        }

        for (var cpu = 0u; cpu < ComparedGuest.CpuCount; cpu++)
        {
            setUp.WriteSystemRegister(new VcpuIndex(cpu), SystemRegisterId.IccPmr, 0xFF)
                .WriteSystemRegister(new VcpuIndex(cpu), SystemRegisterId.IccIgrpen1, 1);
        }

        var results = await setUp.SendAsync();
        if (results.Failures.Count != 0)
        {
            throw new InvalidOperationException($"The service refuses: {results.Failures[0]}");
        }

        await WaitForTheQueueAsync(vm);
        return new ServiceContender(service, vm);
    }

    public async Task SendPipelinedAsync() => await SendAsync(_pipelined[_next++ % _pipelined.Length]);

    public async Task SendOneBatchAsync() => await SendAsync(_batches[_next++ % ComparedGuest.QueueBatches]);

    public async Task TakeOneBatchAsync()
    {
        var (batch, taken) = _cycles[_next++ % ComparedGuest.QueueBatches];
        var results = await SendAsync(batch);
        foreach (var (read, lpi) in taken)
        {
            if (results.Value(read) != lpi)
            {
                throw new InvalidOperationException($"Acknowledged {results.Value(read)} instead of {lpi}.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _vm.DeleteAsync();
        await _service.DisposeAsync();
    }

    private static async Task<BatchResults> SendAsync(AccessBatch batch)
    {
        var results = await batch.SendAsync();
        return results.Failures.Count == 0
            ? results
            : throw new InvalidOperationException($"The service refuses: {results.Failures[0]}");
    }

    /// <summary>What a write of CWRITER leaves, the service executes in the background.</summary>
    private static async Task WaitForTheQueueAsync(VmHandle vm)
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var batch = vm.Batch().Read(
                RegisterPlace.At(new GuestAddress(ComparedGuest.Creadr)), AccessSize.Doubleword, out var creadr);
            if ((await batch.SendAsync()).Value(creadr) == 0)
            {
                return;
            }

            await Task.Delay(1);
        }

        throw new InvalidOperationException("The service did not execute the mapping commands.");
    }

    private static VmSpec Spec() => new()
    {
        Profile = Profile.Qemu,
        Vcpus = { new Vcpu(), new Vcpu(), new Vcpu(), new Vcpu() },
        DistributorBase = VirtMachine.GicdBase,
        RedistributorRegions =
        {
            new RedistributorRegion { Base = VirtMachine.GicrBase, Count = ComparedGuest.CpuCount },
        },
        Its = { new ItsUnit { Base = VirtMachine.GitsBase } },
        MemoryRegions =
        {
            new MemoryRegion { Base = VirtMachine.RamBase, SizeBytes = GuestRamBytes, Hosted = new HostedMemory() },
        },
    };

    private static AccessBatch AddBatch(AccessBatch batch, int number)
    {
        var (commands, cwriter) = ComparedGuest.IntBatch(number);
        return Add(Add(batch, commands), cwriter);
    }

    private (AccessBatch Batch, List<(BatchValue Read, uint Lpi)> Taken) Cycle(int number)
    {
        var batch = AddBatch(_vm.Batch(), number);
        var taken = new List<(BatchValue Read, uint Lpi)>();
        for (var cpu = 0; cpu < ComparedGuest.CpuCount; cpu++)
        {
            var vcpu = new VcpuIndex((uint)cpu);
            foreach (var lpi in ComparedGuest.LpisOf(cpu))
            {
                batch.ReadSystemRegister(vcpu, SystemRegisterId.IccIar1, out var read)
                    .WriteSystemRegister(vcpu, SystemRegisterId.IccEoir1, lpi);
                taken.Add((read, lpi));
            }
        }

        return (batch, taken);
    }

    private static AccessBatch Add(AccessBatch batch, GuestWrite write) => write.Bytes is { } bytes
        ? batch.WriteMemory(new GuestAddress(write.Address), bytes)
        : batch.Write(
            RegisterPlace.At(new GuestAddress(write.Address)), new AccessSize((uint)write.SizeBytes), write.Value);
}
