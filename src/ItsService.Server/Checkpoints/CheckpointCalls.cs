using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Hosting;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Memory.Shared;
using ItsService.Server.Specs;
using ItsService.Server.State;

namespace ItsService.Server.Checkpoints;

/// <summary>The calls of checkpoints. All that waits for a disk is outside the gates.</summary>
internal sealed class CheckpointCalls(
    VmRegistry registry, VmSurroundings surroundings, StateTurns turns, CheckpointStore store,
    ILogger<CheckpointCalls> logger) : IDisposable
{
    private const int ListsMax = 2;

    // One disk: several files at a time would take as long, and each its numbers and its room from the others.
    private readonly SemaphoreSlim _writing = new(1);

    // A list reads much and holds nothing, so that it takes no turn from those who save and restore.
    private readonly SemaphoreSlim _listing = new(ListsMax);
    private readonly DiskThreads _threads = new(surroundings.Limits);

    private ItsServerLimits Limits => surroundings.Limits;

    /// <summary>Saves a VM to a file.</summary>
    public async Task<V1.CheckpointResponse> CreateAsync(V1.CheckpointRequest request, CancellationToken call)
    {
        var vm = registry.Find(request.Vm, "vm");
        var order = SaveOrderReader.Read(vm.Name, request);
        using var terms = new SaveTerms(vm, turns, Limits.SavedStateBytesMax);
        // What can be known before is told before the VM is stopped for it.
        await OnDiskAsync(vm.Name, () => store.OpenForAdding(vm.Name), call);

        using var saved = await vm.SaveAsync(order, call, terms);
        var machine = saved.Machine!;
        var description = new V1.SavedCheckpoint
        {
            SavedBy = ServiceVersion.Text,
            CreatedUnixMs = (ulong)surroundings.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            Spec = machine.Spec,
            OneRedistributorRegionForAll = machine.HasOneRegionForAll,
            Summary = saved.Summarize(),
        };
        using var state = StateBlob.Seal(saved.State, vm.Shape);
        terms.RefuseUnlessWithin(state.Bytes.Length);
        var content = new NewCheckpoint(description, state.Bytes, machine.Memory);
        return await InTurnAsync(
            _writing, () => OnDiskAsync(vm.Name, () => store.Add(vm.Name, content, call), call), call);
    }

    /// <summary>Lists checkpoints.</summary>
    public async Task<V1.ListCheckpointsResponse> ListAsync(
        V1.ListCheckpointsRequest request, CancellationToken call)
    {
        CheckpointPages.Check(request);
        return await InTurnAsync(
            _listing,
            () => OnDiskAsync(request.Vm, () => CheckpointPages.Read(store, request, Limits, call), call),
            call);
    }

    /// <summary>Makes a VM of a checkpoint, or puts it into one.</summary>
    public async Task<V1.RestoreCheckpointResponse> RestoreAsync(
        V1.RestoreCheckpointRequest request, PeerProcess? peer, CancellationToken call)
    {
        var name = CheckpointName.Read(request.Name, "name");
        var target = request.Vm.Length == 0 ? name.Vm : request.Vm;
        if (!VmName.IsName(target))
        {
            throw Refusal.Of(UntrustedText.Shown(target), VmName.WhyNotFound(target, "vm"));
        }

        using var turn = turns.Take(target);
        using var file = await OnDiskAsync(name.ToString(), () => store.Read(name, call), call);
        var checkpoint = file.Description!;
        SaveTerms.RefuseUnlessWithin(Limits.SavedStateBytesMax, (long)file.StateBytes, target);
        var blob = await OnDiskAsync(target, file.ReadState, call);
        var state = StateBlob.Unseal(blob, new RequestProblems(target));
        var plan = PlanOf(target, checkpoint);
        var restored = registry.TryFind(target) is { } vm
            ? await RestoreIntoAsync(vm, plan, file, state, call)
            : await registry.CreateAsync(
                target, "vm", plan, peer, made => RestoreIntoAsync(made, plan, file, state, call));
        CheckpointsLog.Restored(logger, name.ToString(), target);
        return restored;
    }

    /// <summary>Deletes a checkpoint.</summary>
    public async Task<V1.DeleteCheckpointResponse> DeleteAsync(
        V1.DeleteCheckpointRequest request, CancellationToken call)
    {
        var name = CheckpointName.Read(request.Name, "name");
        await OnDiskAsync(name.ToString(), () => store.Delete(name), call);
        return new V1.DeleteCheckpointResponse();
    }

    /// <summary>No call comes any more.</summary>
    public void Dispose()
    {
        _writing.Dispose();
        _listing.Dispose();
        _threads.Dispose();
    }

    private static async Task<T> InTurnAsync<T>(SemaphoreSlim turns, Func<Task<T>> work, CancellationToken call)
    {
        try
        {
            await turns.WaitAsync(call);
        }
        catch (OperationCanceledException)
        {
            throw Ended();
        }

        try
        {
            return await work();
        }
        finally
        {
            turns.Release();
        }
    }

    private VmPlan PlanOf(string vm, V1.SavedCheckpoint checkpoint)
    {
        var problems = new RequestProblems(vm);
        var plan = VmSpecReader.Read(checkpoint.Spec, Limits, problems, isOfVm: true);
        problems.ThrowIfAny();
        return plan!;
    }

    private async Task<V1.RestoreCheckpointResponse> RestoreIntoAsync(
        VmHost vm, VmPlan plan, CheckpointFile file, V1.SavedState saved, CancellationToken call)
    {
        await vm.EnterAsync<CheckFitOperation, Done>(new CheckFitOperation(vm.Name, plan, saved.Shape), call);
        var state = StateBlob.Read(saved, vm.Shape, new RequestProblems(vm.Name));
        var memory = new HostedMemory(
            plan.Regions.Where(region => region.IsHosted).Select(region => region.Place), Limits, surroundings.Memory);
        try
        {
            if (await OnDiskAsync(vm.Name, () => file.ReadPagesInto(memory, Limits, call), call) is { } problem)
            {
                throw Refusal.Of(vm.Name, problem);
            }

            var operation = new RestoreCheckpointOperation(
                vm.Name, plan, file.Description!.OneRedistributorRegionForAll, saved.Shape, state, memory);
            var (restored, summary) =
                await vm.ChangeAsync<RestoreCheckpointOperation, V1.StateSummary>(operation, call);
            return new V1.RestoreCheckpointResponse { Vm = restored, Summary = summary };
        }
        finally
        {
            // Empty by now, where it has become the VM's.
            memory.Release();
        }
    }

    /// <summary>Has something done that waits for the disk, and tells what went wrong as a refusal.</summary>
    private async Task<T> OnDiskAsync<T>(string resource, Func<T> work, CancellationToken call)
    {
        try
        {
            return await _threads.RunAsync(work, call);
        }
        catch (StateDirectoryException problem)
        {
            throw Refusal.Of(resource, new Problem(V1.ErrorReason.StateDirectoryUnusable, "", problem.Message));
        }
        catch (EndOfStreamException)
        {
            // Of a file that was read to its end a moment ago.
            throw Refusal.Of(resource, new Problem(
                V1.ErrorReason.CheckpointDamaged, "", "the checkpoint was cut while it was read"));
        }
        catch (IOException problem)
        {
            throw Refusal.Of(resource, new Problem(
                V1.ErrorReason.StateDirectoryUnusable, "", $"the checkpoint cannot be read: {problem.Message}"));
        }
        catch (OperationCanceledException) when (call.IsCancellationRequested)
        {
            throw Ended();
        }
    }

    private Task<Done> OnDiskAsync(string resource, Action work, CancellationToken call) =>
        OnDiskAsync(
            resource,
            () =>
            {
                work();
                return default(Done);
            },
            call);

    private static RpcException Ended() =>
        new(new Status(StatusCode.Cancelled, "the call ended before its checkpoint was written or read"));
}
