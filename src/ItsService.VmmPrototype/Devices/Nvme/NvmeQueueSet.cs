namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>The queues of a controller by number; number 0 is the admin queue of each sort.</summary>
internal sealed class NvmeQueueSet(int ioQueuesMax)
{
    /// <summary>The most entries of a queue, CAP.MQES + 1.</summary>
    public const uint EntriesMax = 1024;

    private readonly SubmissionQueue?[] _submissions = new SubmissionQueue?[ioQueuesMax + 1];
    private readonly CompletionQueue?[] _completions = new CompletionQueue?[ioQueuesMax + 1];

    public int IoQueuesMax => ioQueuesMax;

    public IEnumerable<SubmissionQueue> Submissions => _submissions.OfType<SubmissionQueue>();

    public IEnumerable<CompletionQueue> Completions => _completions.OfType<CompletionQueue>();

    public SubmissionQueue? Submission(uint id) => id < _submissions.Length ? _submissions[id] : null;

    public CompletionQueue? Completion(uint id) => id < _completions.Length ? _completions[id] : null;

    public void CreateAdmin(ulong submissions, uint submissionCount, ulong completions, uint completionCount)
    {
        var completion = new CompletionQueue(0, completions, completionCount, vector: 0);
        _completions[0] = completion;
        _submissions[0] = new SubmissionQueue(0, submissions, submissionCount, completion);
    }

    public NvmeStatus CreateCompletion(ushort id, ulong address, uint entryCount, int? vector)
    {
        if (!IsFree(_completions, id))
        {
            return NvmeStatus.InvalidQueueIdentifier;
        }

        if (entryCount is < 2 or > EntriesMax)
        {
            return NvmeStatus.InvalidQueueSize;
        }

        _completions[id] = new CompletionQueue(id, address, entryCount, vector);
        return NvmeStatus.Success;
    }

    public NvmeStatus CreateSubmission(ushort id, ulong address, uint entryCount, ushort completionId)
    {
        if (!IsFree(_submissions, id))
        {
            return NvmeStatus.InvalidQueueIdentifier;
        }

        if (entryCount is < 2 or > EntriesMax)
        {
            return NvmeStatus.InvalidQueueSize;
        }

        if (completionId == 0 || Completion(completionId) is not { } completion)
        {
            return NvmeStatus.InvalidCompletionQueue;
        }

        _submissions[id] = new SubmissionQueue(id, address, entryCount, completion);
        return NvmeStatus.Success;
    }

    public NvmeStatus DeleteSubmission(uint id)
    {
        if (id == 0 || Submission(id) is null)
        {
            return NvmeStatus.InvalidQueueIdentifier;
        }

        _submissions[id] = null;
        return NvmeStatus.Success;
    }

    public NvmeStatus DeleteCompletion(uint id)
    {
        if (id == 0 || Completion(id) is not { } completion)
        {
            return NvmeStatus.InvalidQueueIdentifier;
        }

        if (Submissions.Any(submission => submission.Completions == completion))
        {
            return NvmeStatus.InvalidQueueDeletion;
        }

        _completions[id] = null;
        return NvmeStatus.Success;
    }

    public void Clear()
    {
        Array.Clear(_submissions);
        Array.Clear(_completions);
    }

    private static bool IsFree<T>(T?[] queues, ushort id)
        where T : class => id != 0 && id < queues.Length && queues[id] is null;
}
