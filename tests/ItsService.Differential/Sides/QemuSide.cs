using ItsService.Differential.Generation;
using ItsService.Qtest;

namespace ItsService.Differential.Sides;

/// <summary>QEMU's controller, by qtest.</summary>
internal sealed class QemuSide : IDisposable
{
    private readonly QemuMachine _machine;
    private readonly CpuInterfaces? _cpus;
    private readonly QtestScript _script = new();
    private ulong _usedEnd = GuestLayout.Begin;

    public QemuSide(int cpuCount, bool runsCpus)
    {
        _machine = QemuMachine.Start(new QemuOptions { Cpus = cpuCount, RunCpus = runsCpus });
        _cpus = runsCpus ? new CpuInterfaces(_machine) : null;
    }

    public int CpuCount => _machine.Options.Cpus;

    public bool RunsCpus => _cpus is not null;

    public AccessResults Run(AccessList list)
    {
        _script.Clear();
        var values = new QtestValue[list.Count];
        var bytes = new QtestBytes[list.Count];
        for (var place = 0; place < list.Count; place++)
        {
            var access = list.Accesses[place];
            switch (access.Kind)
            {
                case AccessKind.ReadRegister:
                    values[place] = _script.Read(access.Address, access.SizeBytes);
                    break;
                case AccessKind.WriteRegister:
                    _script.Write(access.Address, access.SizeBytes, access.Value);
                    break;
                case AccessKind.ReadMemory:
                    bytes[place] = _script.ReadMemory(access.Address, access.SizeBytes);
                    break;
                default:
                    _script.WriteMemory(access.Address, access.Bytes);
                    break;
            }
        }

        var answers = _machine.Run(_script);
        var results = new AccessResults(list.Count);
        for (var place = 0; place < list.Count; place++)
        {
            if (list.Accesses[place].Kind == AccessKind.ReadRegister)
            {
                results.Set(place, answers[values[place]]);
            }
            else if (list.Accesses[place].Kind == AccessKind.ReadMemory)
            {
                results.Set(place, answers[bytes[place]]);
            }
        }

        return results;
    }

    /// <summary>Runs a script on each CPU at the same time.</summary>
    public CpuResult[] RunCpuScripts(IReadOnlyList<CpuScript> scripts) =>
        (_cpus ?? throw new InvalidOperationException("The CPUs of this machine never start.")).Run(scripts);

    /// <summary>
    /// The state after a reset, made by a guest's means: qtest has no reset of the machine, and all of this state can
    /// be written. That nothing is left is what the first comparison of a sequence finds.
    /// </summary>
    /// <param name="memoryEnd">The end of the memory that the next sequence uses.</param>
    public void Reset(ulong memoryEnd)
    {
        _script.Clear();
        _script.Write(Places.GitsCtlr, 4, 0);
        _script.Write(Places.GicdCtlr, 4, 0);
        DirectReset.AddTo(_script, CpuCount);
        for (var cpu = 0; cpu < CpuCount; cpu++)
        {
            _script.Write(Places.GicrCtlr(cpu), 4, 0);
            _script.Write(Places.GicrPropbaser(cpu), 8, 0);
            _script.Write(Places.GicrPendbaser(cpu), 8, 0);
            _script.Write(Places.GicrWaker(cpu), 4, 2);
        }

        _script.Write(Places.GitsBaser0, 8, 0x200);
        _script.Write(Places.GitsBaser1, 8, 0x200);
        _script.Write(Places.GitsCwriter, 8, 0);
        _script.Write(Places.GitsCbaser, 8, 0);
        if (_usedEnd > GuestLayout.Begin)
        {
            _script.FillMemory(GuestLayout.Begin, _usedEnd - GuestLayout.Begin, 0);
        }

        _usedEnd = memoryEnd;
        _script.FillMemory(GuestLayout.LastPage, GuestLayout.RamEnd - GuestLayout.LastPage, 0);
        _machine.Run(_script);
        ResetCpus();
    }

    public void Dispose() => _machine.Dispose();

    private void ResetCpus()
    {
        if (_cpus is not null)
        {
            var script = new CpuScript().Add(CpuOperation.WriteAp1R0).Add(CpuOperation.WriteCtlr)
                .Add(CpuOperation.WriteBpr1).Add(CpuOperation.WritePmr, CpuScripts.InitialPriorityMask);
            _cpus.Run([.. Enumerable.Repeat(script, CpuCount)]);
        }
    }
}
