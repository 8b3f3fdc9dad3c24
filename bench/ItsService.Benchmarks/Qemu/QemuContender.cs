using ItsService.Qtest;

namespace ItsService.Benchmarks.Qemu;

/// <summary>QEMU's controller, by qtest; acknowledge and end by its own emulated CPUs.</summary>
internal sealed class QemuContender : IContender, IDisposable
{
    private readonly QemuMachine _machine;
    private readonly CpuInterfaces? _cpus;
    private readonly QtestScript[] _pipelined;
    private readonly QtestScript[] _batches;
    private readonly CpuScript[] _drains =
        [.. Enumerable.Range(0, ComparedGuest.CpuCount).Select(_ => new CpuScript().Add(CpuOperation.Drain))];
    private int _next;

    public QemuContender(bool runCpus)
    {
        _machine = QemuMachine.Start(new QemuOptions { Cpus = ComparedGuest.CpuCount, RunCpus = runCpus });
        _cpus = runCpus ? new CpuInterfaces(_machine) : null;
        var setUp = new QtestScript();
        foreach (var write in ComparedGuest.SetUp())
        {
            Add(setUp, write);
        }

        _machine.Run(setUp);
        var numbers = Enumerable.Range(0, ComparedGuest.QueueBatches).ToArray();
        _batches = Array.ConvertAll(numbers, number => Batches([number]));
        _pipelined = [.. numbers.Chunk(ComparedGuest.PipelinedBatches).Select(Batches)];

        if (_machine.Read(ComparedGuest.Creadr, 8) != 0)
        {
            throw new InvalidOperationException("QEMU did not execute the mapping commands.");
        }
    }

    public Task SendPipelinedAsync()
    {
        _machine.Run(_pipelined[_next++ % _pipelined.Length]);
        return Task.CompletedTask;
    }

    public Task SendOneBatchAsync()
    {
        _machine.Run(_batches[_next++ % ComparedGuest.QueueBatches]);
        return Task.CompletedTask;
    }

    public async Task TakeOneBatchAsync()
    {
        await SendOneBatchAsync();
        var results = _cpus!.Run(_drains);
        for (var cpu = 0; cpu < ComparedGuest.CpuCount; cpu++)
        {
            if (!results[cpu].Drained.SequenceEqual(ComparedGuest.LpisOf(cpu)))
            {
                throw new InvalidOperationException($"CPU {cpu} of QEMU took {results[cpu].Drained.Count} LPIs.");
            }
        }
    }

    public void Dispose() => _machine.Dispose();

    private static QtestScript Batches(int[] numbers)
    {
        var script = new QtestScript();
        foreach (var number in numbers)
        {
            var (commands, cwriter) = ComparedGuest.IntBatch(number);
            Add(script, commands);
            Add(script, cwriter);
        }

        return script;
    }

    private static void Add(QtestScript script, GuestWrite write)
    {
        if (write.Bytes is { } bytes)
        {
            script.WriteMemory(write.Address, bytes);
        }
        else
        {
            script.Write(write.Address, write.SizeBytes, write.Value);
        }
    }
}
