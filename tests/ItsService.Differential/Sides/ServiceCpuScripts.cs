using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Qtest;

namespace ItsService.Differential.Sides;

/// <summary>The service's CPU interfaces, used as QEMU's CPUs use theirs.</summary>
internal sealed class ServiceCpuScripts(VmHandle vm)
{
    private const uint Spurious = 1023;

    /// <summary>Well below the server's limit for one batch.</summary>
    private const int AccessesAtOnce = 8000;

    private readonly List<BatchResults> _answers = [];
    private AccessBatch _batch = vm.Batch();

    public async Task<CpuResult[]> RunAsync(
        IReadOnlyList<IReadOnlyList<(CpuOperation Operation, ulong Argument)>> operations,
        IReadOnlyList<IReadOnlyList<uint>> drainedThere)
    {
        var planned = new List<PlannedRead>[operations.Count];
        for (var cpu = 0; cpu < operations.Count; cpu++)
        {
            planned[cpu] = [];
            if (operations[cpu].Count > 0)
            {
                await AddCpuAsync(cpu, operations[cpu], drainedThere[cpu], planned[cpu]);
            }
        }

        await SendAsync();
        return [.. operations.Select((ofCpu, cpu) => Collect(ofCpu, planned[cpu]))];
    }

    private async Task AddCpuAsync(
        int cpu,
        IReadOnlyList<(CpuOperation Operation, ulong Argument)> operations,
        IReadOnlyList<uint> drainedThere,
        List<PlannedRead> planned)
    {
        var vcpu = new VcpuIndex((uint)cpu);
        _batch.WriteSystemRegister(vcpu, SystemRegisterId.IccIgrpen1, 1);
        foreach (var (operation, argument) in operations)
        {
            if (operation == CpuOperation.Drain)
            {
                await AddDrainAsync(vcpu, drainedThere, planned);
            }
            else if (Steps.CpuStep.IsWrite(operation))
            {
                _batch.WriteSystemRegister(vcpu, RegisterOf(operation), argument);
                planned.Add(default);
            }
            else
            {
                planned.Add(Read(vcpu, RegisterOf(operation)));
            }
        }

        _batch.WriteSystemRegister(vcpu, SystemRegisterId.IccIgrpen1, 0);
    }

    private async Task AddDrainAsync(VcpuIndex vcpu, IReadOnlyList<uint> drainedThere, List<PlannedRead> planned)
    {
        foreach (var lpi in drainedThere)
        {
            planned.Add(Read(vcpu, SystemRegisterId.IccIar1) with { IsDrained = true });
            _batch.WriteSystemRegister(vcpu, SystemRegisterId.IccEoir1, lpi);
            if (_batch.Count > AccessesAtOnce)
            {
                await SendAsync();
            }
        }

        planned.Add(Read(vcpu, SystemRegisterId.IccIar1) with { IsDrained = true, EndsDrain = true });
    }

    private CpuResult Collect(
        IReadOnlyList<(CpuOperation Operation, ulong Argument)> operations, List<PlannedRead> planned)
    {
        var values = new List<ulong>();
        var drained = new List<uint>();
        var drainedBefore = 0;
        foreach (var read in planned)
        {
            var value = read.Batch is { } number ? _answers[number].Value(read.Place) : 0;
            if (read.IsDrained && value != Spurious)
            {
                drained.Add((uint)value);
            }

            if (read.EndsDrain)
            {
                values.Add((ulong)(drained.Count - drainedBefore));
                drainedBefore = drained.Count;
            }
            else if (!read.IsDrained)
            {
                values.Add(value);
            }
        }

        return values.Count == operations.Count
            ? new CpuResult(values, drained)
            : throw new InvalidOperationException("A CPU's operations were not all made.");
    }

    private PlannedRead Read(VcpuIndex vcpu, SystemRegisterId register)
    {
        _batch.ReadSystemRegister(vcpu, register, out var place);
        return new PlannedRead(_answers.Count, place, IsDrained: false, EndsDrain: false);
    }

    private async Task SendAsync()
    {
        _answers.Add(await ServiceSide.SendAsync(_batch));
        _batch = vm.Batch();
    }

    private static SystemRegisterId RegisterOf(CpuOperation operation) => operation switch
    {
        CpuOperation.ReadIar1 => SystemRegisterId.IccIar1,
        CpuOperation.WriteEoir1 => SystemRegisterId.IccEoir1,
        CpuOperation.ReadHppir1 => SystemRegisterId.IccHppir1,
        CpuOperation.WritePmr or CpuOperation.ReadPmr => SystemRegisterId.IccPmr,
        CpuOperation.ReadRpr => SystemRegisterId.Named("ICC_RPR_EL1"),
        CpuOperation.WriteBpr1 or CpuOperation.ReadBpr1 => SystemRegisterId.IccBpr1,
        CpuOperation.WriteDir => SystemRegisterId.IccDir,
        CpuOperation.ReadAp1R0 or CpuOperation.WriteAp1R0 => SystemRegisterId.Named("ICC_AP1R0_EL1"),
        CpuOperation.WriteCtlr or CpuOperation.ReadCtlr => SystemRegisterId.IccCtlr,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "It is no single access."),
    };

    /// <summary>Where the value of a read will be; nowhere for a write.</summary>
    private readonly record struct PlannedRead(int? Batch, BatchValue Place, bool IsDrained, bool EndsDrain);
}
