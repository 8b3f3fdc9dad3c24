using ItsService.Differential.Comparison;

namespace ItsService.Differential.Sides;

/// <summary>What the two sides gave to the same accesses.</summary>
/// <param name="Service">The service's results.</param>
/// <param name="Qemu">QEMU's results.</param>
internal sealed record BothResults(AccessResults Service, AccessResults Qemu);

/// <summary>What the registers held on either side when nothing ran any more.</summary>
/// <param name="Service">The service's.</param>
/// <param name="Qemu">QEMU's.</param>
internal sealed record BothRegisters(LiveRegisters Service, LiveRegisters Qemu);

/// <summary>Two controllers that are given the same, at the same time.</summary>
internal sealed class BothSides(QemuSide qemu, ServiceSide service)
{
    private readonly IReadOnlyList<ComparedRegister> _live = ComparedRegister.Live(qemu.CpuCount);

    public QemuSide Qemu => qemu;

    public ServiceSide Service => service;

    public int CpuCount => qemu.CpuCount;

    public async Task<BothResults> RunAsync(AccessList list)
    {
        var theirs = Task.Run(() => qemu.Run(list));
        var ours = await service.RunAsync(list);
        return new BothResults(ours, await theirs);
    }

    /// <summary>Makes accesses and then reads the registers that change, when no command runs any more.</summary>
    /// <param name="list">For QEMU.</param>
    /// <param name="forService">For the service: the same in number.</param>
    public async Task<(BothResults Results, BothRegisters Registers)> RunAndObserveAsync(
        AccessList list, AccessList forService)
    {
        var first = list.Count;
        AddReads(list);
        if (!ReferenceEquals(list, forService))
        {
            AddReads(forService);
        }

        var theirs = Task.Run(() => qemu.Run(list));
        var ours = await service.RunAsync(forService);
        var registers = Registers(ours, first);
        if (!registers.IsQuiescent)
        {
            await service.WaitUntilQuietAsync();
            var again = new AccessList();
            AddReads(again);
            registers = Registers(await service.RunAsync(again), 0);
        }

        var results = new BothResults(ours, await theirs);
        return (results, new BothRegisters(registers, Registers(results.Qemu, first)));
    }

    public async Task<BothRegisters> ObserveAsync()
    {
        var list = new AccessList();
        return (await RunAndObserveAsync(list, list)).Registers;
    }

    private void AddReads(AccessList list)
    {
        foreach (var register in _live)
        {
            list.Read(register.Address, register.SizeBytes);
        }
    }

    private LiveRegisters Registers(AccessResults results, int first) =>
        new([.. Enumerable.Range(first, _live.Count).Select(results.Value)]);
}
