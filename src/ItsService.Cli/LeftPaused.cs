using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli;

/// <summary>A verb that has stopped its VM may fail after that, and the VM stays stopped: the user is told.</summary>
internal static class LeftPaused
{
    private static readonly TimeSpan LookTimeMax = TimeSpan.FromSeconds(3);

    /// <summary>Does what leaves the VM Paused, if it is asked to; if that fails, says whether the VM is.</summary>
    public static async Task<T> TellingAsync<T>(Session session, VmName vm, bool staysPaused, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception) when (staysPaused)
        {
            await TellAsync(session, vm);
            throw;
        }
    }

    /// <summary>Says whether the VM is Paused, or that this is not known.</summary>
    public static async Task TellAsync(Session session, VmName vm)
    {
        using var late = new CancellationTokenSource(LookTimeMax);
        try
        {
            if ((await session.Client.Vm(vm).DescribeAsync(late.Token)).State == VmState.Paused)
            {
                session.Error.WriteLine($"itsctl: {vm.Value} is Paused");
            }
        }
        catch (Exception failure) when (failure is ItsServiceException { IsUnreachable: true }
            or OperationCanceledException)
        {
            session.Error.WriteLine($"itsctl: {vm.Value} may be Paused");
        }
        catch (ItsServiceException)
        {
            // There is no such VM.
        }
    }
}
