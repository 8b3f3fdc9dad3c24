using ItsService.Client;

namespace ItsService.Cli.Exchange;

/// <summary>
/// An export whose VM waits until its memory is read, so that memory and registers are of one instant. In whichever way
/// that ends, a VM that ran runs on unless it is to stay Paused, or the user is told that it does not.
/// </summary>
internal static class PausedExport
{
    // The export's answer tells whether the VM ran: whoever interrupts it waits for that so long.
    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResumeTimeMax = TimeSpan.FromSeconds(3);

    /// <summary>Exports, reads memory, and resumes.</summary>
    public static async Task<ExportedVm> RunAsync(
        Session session, VmHandle vm, SaveOptions options, Func<Task> readMemory, CancellationToken cancellationToken)
    {
        var exported = await ExportAsync(session, vm, options, cancellationToken);
        var resumes = exported.WasRunning && !options.StayPaused;
        try
        {
            await readMemory();
        }
        catch (Exception) when (resumes)
        {
            await TryResumeAsync(session, vm, cancellationToken);
            throw;
        }

        if (resumes)
        {
            await LeftPaused.TellingAsync(
                session, vm.Name, staysPaused: true, () => vm.ResumeAsync(CancellationToken.None));
        }

        return exported;
    }

    private static async Task<ExportedVm> ExportAsync(
        Session session, VmHandle vm, SaveOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var late = new CancellationTokenSource();
        await using var interrupted = cancellationToken.UnsafeRegister(
            static late => ((CancellationTokenSource)late!).CancelAfter(AnswerTimeMax), late);
        try
        {
            return await vm.ExportAsync(options with { StayPaused = true }, late.Token);
        }
        catch (Exception failure) when (!options.StayPaused
            && failure is not ItsServiceException { IsUnreachable: false })
        {
            // A refusal has paused nothing; without an answer nobody knows.
            await LeftPaused.TellAsync(session, vm.Name);
            throw;
        }
    }

    /// <summary>Why the export has failed is what its user is told; of this, that the VM does not run.</summary>
    private static async Task TryResumeAsync(Session session, VmHandle vm, CancellationToken cancellationToken)
    {
        var timeMax = cancellationToken.IsCancellationRequested ? ResumeTimeMax : Timeout.InfiniteTimeSpan;
        using var late = new CancellationTokenSource(timeMax);
        try
        {
            await vm.ResumeAsync(late.Token);
        }
        catch (Exception failure) when (failure is ItsServiceException or OperationCanceledException)
        {
            await LeftPaused.TellAsync(session, vm.Name);
        }
    }
}
