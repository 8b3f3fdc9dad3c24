using Grpc.Core;
using ItsService.Server.Checkpoints;
using ItsService.Server.Errors;
using ItsService.Server.Hosting;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Memory.Shared;
using ItsService.Server.Specs;
using ItsService.Server.Telemetry.Traces;

namespace ItsService.Server.Services;

/// <summary>VMs as resources.</summary>
internal sealed class VirtualMachinesService(
    VmRegistry registry, ItsServerLimits limits, StateDirectory stateDirectory, SharedMemoryDirectory sharedMemory)
    : V1.VirtualMachines.VirtualMachinesBase
{
    private const string NameField = "name";

    public override Task<V1.Vm> CreateVm(V1.CreateVmRequest request, ServerCallContext context)
    {
        var vm = registry.Create(request, PeerProcess.Of(context));
        Spans.NoteVm(vm.Name);
        return Task.FromResult(vm);
    }

    public override Task<V1.Vm> GetVm(V1.GetVmRequest request, ServerCallContext context) =>
        registry.Find(request.Name, NameField).DescribeAsync(context.CancellationToken);

    public override Task<V1.ListVmsResponse> ListVms(V1.ListVmsRequest request, ServerCallContext context) =>
        Task.FromResult(VmPages.Read(registry, request, limits));

    public override async Task<V1.DeleteVmResponse> DeleteVm(V1.DeleteVmRequest request, ServerCallContext context)
    {
        await registry.DeleteAsync(request.Name, NameField, context.CancellationToken);
        return new V1.DeleteVmResponse();
    }

    public override Task<V1.Vm> ResetVm(V1.ResetVmRequest request, ServerCallContext context) =>
        registry.Find(request.Name, NameField).ChangeAsync(new ResetOperation(), context.CancellationToken);

    public override Task<V1.Vm> Pause(V1.PauseRequest request, ServerCallContext context) =>
        registry.Find(request.Name, NameField).PauseAsync(context.CancellationToken);

    public override Task<V1.Vm> Resume(V1.ResumeRequest request, ServerCallContext context) =>
        registry.Find(request.Name, NameField).ResumeAsync(context.CancellationToken);

    public override async Task<V1.Vm> UpdateMemory(V1.UpdateMemoryRequest request, ServerCallContext context)
    {
        const string Field = "add_regions";
        var vm = registry.Find(request.Name, NameField);
        var problems = new RequestProblems(vm.Name);
        if (!MemoryRegionReader.CheckCount(request.AddRegions.Count, Field, limits, problems))
        {
            problems.ThrowIfAny();
        }

        using var files = SharedFiles.Open(
            request.AddRegions, Field, sharedMemory, PeerProcess.Of(context), problems);
        problems.ThrowIfAny();
        return await vm.ChangeAsync(new UpdateMemoryOperation(request, files, limits), context.CancellationToken);
    }

    public override Task<V1.ServerInfo> GetServerInfo(V1.GetServerInfoRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.ServerInfo
        {
            Version = ServiceVersion.Text,
            ApiVersion = "its.v1",
            Profiles = { V1.Profile.Kvm, V1.Profile.Qemu, V1.Profile.Custom },
            Features =
            {
                "memory.hosted", "commands.submit", "attributes", "state.save_restore", "vmm.attach",
                "interrupts.inject", "interrupts.watch", "inspect.trace", "memory.remote",
                "memory.peer_fd", "inspect.activity",
                sharedMemory.IsOff ? [] : ["memory.shared"],
                stateDirectory.IsOff ? [] : ["state.checkpoints"],
            },
            SharedMemoryDirectory = sharedMemory.Path,
            Limits = new V1.ServerLimits
            {
                VmsMax = (uint)limits.VmsMax,
                VcpusPerVmMax = (uint)limits.VcpusPerVmMax,
                ItsPerVmMax = (uint)limits.ItsPerVmMax,
                MemoryRegionsPerVmMax = (uint)limits.MemoryRegionsPerVmMax,
                HostedMemoryBytesPerVmMax = (ulong)limits.HostedMemoryBytesPerVmMax,
                MessageBytesMax = (ulong)limits.MessageBytesMax,
                MemoryAccessBytesMax = (ulong)limits.MemoryAccessBytesMax,
                BatchAccessesMax = (uint)limits.BatchAccessesMax,
                GuestMistakesKeptMax = (uint)limits.GuestMistakesKeptMax,
                InlineCommandsMax = (uint)limits.InlineCommandsMax,
                BatchCommandsMax = (uint)limits.BatchCommandsMax,
                HostedMemoryBytesMax = (ulong)limits.HostedMemoryBytesMax,
                WaitingCallsPerVmMax = (uint)limits.WaitingCallsPerVmMax,
                ConnectionsMax = (uint)limits.ConnectionsMax,
                DumpsMax = (uint)limits.DumpsMax,
                StateTransfersMax = (uint)limits.StateTransfersMax,
                SavedStateBytesMax = (ulong)limits.SavedStateBytesMax,
                CheckpointsPerVmMax = (uint)limits.CheckpointsPerVmMax,
                CheckpointBytesMax = (ulong)limits.CheckpointBytesMax,
                SharedRegionsMax = (uint)limits.SharedRegionsMax,
                MsiBatchRecordsMax = (uint)limits.MsiBatchRecordsMax,
                MsiSendersMax = (uint)limits.MsiSendersMax,
                ActivityWatchesMax = (uint)limits.ActivityWatchesMax,
                MemoryAnswerMsMax = (uint)limits.MemoryAnswerMillisecondsMax,
                VcpuWatchesPerVmMax = (uint)limits.VcpuWatchesPerVmMax,
                TracersPerVmMax = (uint)limits.TracersPerVmMax,
                TraceEventsMax = (uint)limits.TraceEventsMax,
                UnreceivedAnswersMax = (uint)limits.UnreceivedAnswersMax,
                UnreceivedAnswerBytesMax = (ulong)limits.UnreceivedAnswerBytesMax,
            },
        });
}
