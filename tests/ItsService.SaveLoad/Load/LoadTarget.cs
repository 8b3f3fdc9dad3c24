using Grpc.Core;
using ItsService.Client;
using ItsService.SaveLoad.Serving;

namespace ItsService.SaveLoad.Load;

/// <summary>How a caller reaches the service.</summary>
internal enum Road
{
    Tcp,
    UnixSocket,
}

/// <summary>A VM of a service.</summary>
internal sealed record ServedVm(ServerProcess Server, string Name)
{
    public VmHandle Over(Road road) => (road == Road.Tcp ? Server.Tcp : Server.UnixSocket).Vm(Name);
}

/// <summary>
/// The VM that has the load, which another may take over. A call that finds its VM gone is made again against the next
/// one: it waited while the VM was Paused, or had not come in yet, and so has not happened. A save makes sure of that
/// before another VM takes over.
/// </summary>
internal sealed class LoadTarget(ServedVm first)
{
    private readonly Lock _lock = new();
    private ServedVm _current = first;
    private TaskCompletionSource _changed = New();

    public ServedVm Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary>Calls the VM, or the one that comes after it.</summary>
    public async Task<T> CallAsync<T>(Road road, Func<VmHandle, Task<T>> call)
    {
        while (true)
        {
            var vm = Current;
            try
            {
                return await call(vm.Over(road));
            }
            catch (Exception failure) when (IsGone(failure))
            {
                await UntilAfterAsync(vm, failure);
            }
        }
    }

    /// <summary>Waits until there is another VM; throws when there will be none.</summary>
    public async Task UntilAfterAsync(ServedVm gone, Exception failure)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_current != gone)
                {
                    return;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed;
            }
            catch (OperationCanceledException)
            {
                throw failure;
            }
        }
    }

    /// <summary>Another VM has the load from now on.</summary>
    public void Change(ServedVm next)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            (_current, changed, _changed) = (next, _changed, New());
        }

        changed.SetResult();
    }

    /// <summary>No other VM will come.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _changed.TrySetCanceled();
        }
    }

    /// <summary>Whether a call has failed because its VM or its server is no more.</summary>
    public static bool IsGone(Exception failure) =>
        failure is ItsServiceException { IsUnreachable: true }
            or ItsServiceException { StatusCode: StatusCode.NotFound or StatusCode.Unavailable };

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
