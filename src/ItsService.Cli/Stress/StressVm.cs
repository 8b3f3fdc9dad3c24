using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Stress;

/// <summary>The VM in the service: made, set up as a driver does, and deleted.</summary>
internal sealed class StressVm
{
    private const int CommandsPerCall = 1000;
    private const ulong Valid = 1UL << 63;
    private const ulong Pages64KiB = 2UL << 8;
    private static readonly ItsIndex Its = new(0);

    private StressVm(VmHandle handle)
    {
        Handle = handle;
    }

    public VmHandle Handle { get; }

    public static async Task<StressVm> CreateAsync(
        ItsClient client, StressShape shape, CancellationToken cancellationToken)
    {
        var spec = new VmSpec
        {
            DistributorBase = 0x0800_0000,
            RedistributorRegions = { new RedistributorRegion { Base = 0x1000_0000, Count = (uint)shape.Vcpus } },
            Its = { new ItsUnit { Base = 0x0808_0000 } },
            MemoryRegions =
            {
                new MemoryRegion
                {
                    Base = StressGuest.Ram,
                    SizeBytes = StressGuest.RamSizeBytes,
                    Hosted = new HostedMemory(),
                },
            },
        };
        spec.Vcpus.AddRange(Enumerable.Range(0, shape.Vcpus).Select(_ => new Vcpu()));
        var vm = new StressVm(await client.CreateVmAsync("", spec, cancellationToken));
        try
        {
            await vm.StartAsync(shape, cancellationToken);
            await vm.MapAsync(new StressGuest(shape), cancellationToken);
            return vm;
        }
        catch
        {
            await vm.AbandonAsync();
            throw;
        }
    }

    /// <summary>Ends one interrupt of a vCPU, if there is one, and takes the next; 1023 for none.</summary>
    public async Task<uint> TakeAsync(int vcpu, uint ended, CancellationToken cancellationToken)
    {
        var batch = Handle.Batch();
        var index = new VcpuIndex((uint)vcpu);
        if (ended != 0)
        {
            batch.WriteSystemRegister(index, SystemRegisterId.IccEoir1, ended);
        }

        batch.ReadSystemRegister(index, SystemRegisterId.IccIar1, out var read);
        return (uint)(await batch.SendAsync(cancellationToken)).Value(read);
    }

    public Task DeleteAsync() => Handle.DeleteAsync(CancellationToken.None);

    /// <summary>The same for who has failed: why, says more than that it cannot be deleted either.</summary>
    public async Task AbandonAsync() => await DeleteAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task StartAsync(StressShape shape, CancellationToken cancellationToken)
    {
        await Handle.WriteMemoryAsync(
            new GuestAddress(StressGuest.ConfigurationTable), StressGuest.Configurations, cancellationToken);
        var registers = Handle.Batch().Write(RegisterPlace.Named("GICD_CTLR"), AccessSize.Natural, 2);
        for (var vcpu = 0; vcpu < shape.Vcpus; vcpu++)
        {
            var index = new VcpuIndex((uint)vcpu);
            Put("GICR_PROPBASER", index.Value, StressGuest.ConfigurationTable | StressGuest.IntIdBitsLessOne);
            Put("GICR_PENDBASER", index.Value, StressGuest.PendingTable(vcpu));
            Put("GICR_CTLR", index.Value, 1);
            registers.WriteSystemRegister(index, SystemRegisterId.IccPmr, 0xF0)
                .WriteSystemRegister(index, SystemRegisterId.IccIgrpen1, 1);
        }

        Put("GITS_BASER0", 0, Valid | StressGuest.DeviceTable | Pages64KiB | (StressGuest.DeviceTablePages - 1));
        Put("GITS_BASER1", 0, Valid | StressGuest.CollectionTable | Pages64KiB);
        Put("GITS_CBASER", 0, Valid | StressGuest.Queue | ((StressGuest.QueueSizeBytes / 4096) - 1));
        Put("GITS_CTLR", 0, 1);
        await registers.SendAsync(cancellationToken);

        void Put(string register, uint index, ulong value) =>
            registers.Write(RegisterPlace.Named(register, index), AccessSize.Natural, value);
    }

    private async Task MapAsync(StressGuest guest, CancellationToken cancellationToken)
    {
        foreach (var slots in guest.Commands().Chunk(CommandsPerCall))
        {
            var commands = Handle.Commands(Its);
            foreach (var slot in slots)
            {
                commands.Raw(slot);
            }

            if ((await commands.SubmitAsync(cancellationToken)).NotExecuted is [var failed, ..])
            {
                throw new InputException($"the service does not execute a command: {failed.Result.Message}");
            }
        }
    }
}
