using BenchmarkDotNet.Attributes;
using ItsService.Core.Submissions;

namespace ItsService.Benchmarks.Core;

/// <summary>
/// A queue full of submissions, half of which the guest takes out by one write of GITS_CWRITER. Their number must not
/// matter for the time of each.
/// </summary>
public class SubmissionBenchmarks
{
    /// <summary>How many are taken out.</summary>
    public const int WithdrawnCount = BenchmarkGuest.QueueCommandsMax - KeptCount;

    private const int KeptCount = BenchmarkGuest.QueueCommandsMax / 2;
    private const byte SyncOpcode = 5;

    private readonly BenchmarkGuest _guest = new(inlineCommandsMax: 0);

    [IterationSetup]
    public void FillTheQueue()
    {
        _guest.Drain();
        for (var number = 0; number < BenchmarkGuest.QueueCommandsMax; number++)
        {
            var sync = new byte[BenchmarkGuest.CommandBytes];
            sync[0] = SyncOpcode;
            if (!_guest.Gic.Submit(0, new CommandSubmission(sync)).IsPlaced)
            {
                throw new InvalidOperationException($"Submission {number} has found no place.");
            }
        }
    }

    [Benchmark(OperationsPerInvoke = WithdrawnCount)]
    public long Withdraw()
    {
        var before = _guest.Gic.EndedSubmissionCount;
        _guest.KeepCommands(KeptCount);
        var withdrawn = _guest.Gic.EndedSubmissionCount - before;
        return withdrawn == WithdrawnCount ? withdrawn : throw new InvalidOperationException($"{withdrawn} withdrawn");
    }
}
