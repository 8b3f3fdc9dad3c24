using System.Diagnostics;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Differential.Comparison;
using ItsService.Differential.Generation;
using ItsService.Protocol.V1;
using ItsService.Qtest;

namespace ItsService.Differential.Sides;

/// <summary>A VM of the service with QEMU's profile and QEMU's map of addresses, through its API.</summary>
internal sealed class ServiceSide : IAsyncDisposable
{
    private static readonly TimeSpan QuietTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A store by qtest is one of the device with this number.</summary>
    private static readonly DeviceId QtestDevice = new(0);

    private readonly VmHandle _vm;

    private ServiceSide(VmHandle vm, int cpuCount)
    {
        _vm = vm;
        CpuCount = cpuCount;
    }

    public int CpuCount { get; }

    public static async Task<ServiceSide> StartAsync(ItsClient client, int cpuCount) =>
        new(await client.CreateVmAsync("", Spec(cpuCount)), cpuCount);

    public async Task<AccessResults> RunAsync(AccessList list)
    {
        var batch = _vm.Batch();
        var values = new BatchValue[list.Count];
        var bytes = new BatchBytes[list.Count];
        for (var place = 0; place < list.Count; place++)
        {
            Add(batch, list.Accesses[place], out values[place], out bytes[place]);
        }

        var answers = await SendAsync(batch);
        var results = new AccessResults(list.Count);
        for (var place = 0; place < list.Count; place++)
        {
            if (list.Accesses[place].Kind == AccessKind.ReadRegister)
            {
                results.Set(place, answers.Value(values[place]));
            }
            else if (list.Accesses[place].Kind == AccessKind.ReadMemory)
            {
                results.Set(place, answers.Bytes(bytes[place]).ToArray());
            }
        }

        return results;
    }

    /// <summary>Waits until no command runs: what a write of GITS_CWRITER leaves, runs in the background.</summary>
    public async Task WaitUntilQuietAsync()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var batch = _vm.Batch().Read(Place(Places.GitsCtlr), AccessSize.Word, out var control);
            if ((await SendAsync(batch)).Value(control) >> 31 != 0)
            {
                return;
            }

            if (waited.Elapsed > QuietTimeout)
            {
                throw new InvalidOperationException("The service does not come to the end of its command queue.");
            }

            await Task.Delay(1);
        }
    }

    /// <summary>What the ITS has mapped, and what is pending where.</summary>
    public async Task<(TableContent Tables, PendingSets Pending)> DumpAsync()
    {
        var tables = new TableContent();
        var pending = Enumerable.Range(0, CpuCount).Select(_ => new List<uint>()).ToArray();
        await foreach (var entry in _vm.DumpTablesAsync())
        {
            switch (entry.KindCase)
            {
                case TableEntry.KindOneofCase.Collection:
                    tables.Collections.Add(entry.Collection.CollectionId, (int)entry.Collection.Vcpu);
                    break;
                case TableEntry.KindOneofCase.Device:
                    var device = entry.Device;
                    tables.Devices.Add(device.DeviceId, new MappedDevice(device.IttAddress, (int)device.EventIdBits));
                    break;
                case TableEntry.KindOneofCase.Event:
                    tables.Events.Add(
                        (entry.Event.DeviceId, entry.Event.EventId),
                        new MappedEvent(entry.Event.IntId, entry.Event.CollectionId));
                    break;
                case TableEntry.KindOneofCase.PendingLpi:
                    pending[entry.PendingLpi.Vcpu].Add(entry.PendingLpi.IntId);
                    break;
                default:
                    break;
            }
        }

        return (tables, new PendingSets(pending));
    }

    /// <summary>
    /// What QEMU's CPUs do: each enables Group 1, makes its accesses, and disables it again. A drain acknowledges as
    /// often as QEMU's did, and once more.
    /// </summary>
    /// <param name="operations">By CPU.</param>
    /// <param name="drainedThere">The INTIDs that QEMU's CPUs took in drains.</param>
    public Task<CpuResult[]> RunCpuScriptsAsync(
        IReadOnlyList<IReadOnlyList<(CpuOperation Operation, ulong Argument)>> operations,
        IReadOnlyList<IReadOnlyList<uint>> drainedThere) =>
        new ServiceCpuScripts(_vm).RunAsync(operations, drainedThere);

    /// <summary>What the CPUs' program does as it starts.</summary>
    public async Task StartCpusAsync()
    {
        var batch = _vm.Batch();
        for (var cpu = 0u; cpu < CpuCount; cpu++)
        {
            batch.WriteSystemRegister(
                new VcpuIndex(cpu), SystemRegisterId.IccPmr, CpuScripts.InitialPriorityMask);
        }

        await SendAsync(batch);
    }

    public async ValueTask DisposeAsync() => await _vm.DeleteAsync();

    internal static async Task<BatchResults> SendAsync(AccessBatch batch)
    {
        var results = await batch.SendAsync();
        return results.Failures.Count == 0
            ? results
            : throw new InvalidOperationException($"The service refuses an access: {results.Failures[0]}");
    }

    private static void Add(AccessBatch batch, Access access, out BatchValue value, out BatchBytes bytes)
    {
        value = default;
        bytes = default;
        switch (access.Kind)
        {
            case AccessKind.ReadRegister:
                batch.Read(Place(access.Address), Size(access), out value);
                break;
            case AccessKind.WriteRegister:
                batch.Write(Place(access.Address), Size(access), access.Value, QtestDevice, out _);
                break;
            case AccessKind.ReadMemory:
                batch.ReadMemory(new GuestAddress(access.Address), access.SizeBytes, out bytes);
                break;
            default:
                batch.WriteMemory(new GuestAddress(access.Address), access.Bytes);
                break;
        }
    }

    private static RegisterPlace Place(ulong address) => RegisterPlace.At(new GuestAddress(address));

    private static AccessSize Size(Access access) => new((uint)access.SizeBytes);

    private static VmSpec Spec(int cpuCount)
    {
        var spec = new VmSpec
        {
            Profile = Profile.Qemu,
            DistributorBase = VirtMachine.GicdBase,
            RedistributorRegions =
            {
                new RedistributorRegion { Base = VirtMachine.GicrBase, Count = (uint)cpuCount },
            },
            Its = { new ItsUnit { Base = VirtMachine.GitsBase } },
            MemoryRegions =
            {
                new MemoryRegion
                {
                    Base = GuestLayout.Ram, SizeBytes = GuestLayout.RamBytes, Hosted = new HostedMemory(),
                },
            },
        };
        spec.Vcpus.AddRange(Enumerable.Range(0, cpuCount).Select(_ => new Vcpu()));
        return spec;
    }
}
