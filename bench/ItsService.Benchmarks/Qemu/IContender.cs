namespace ItsService.Benchmarks.Qemu;

/// <summary>An interrupt controller in another program or behind a connection, ready to be measured.</summary>
internal interface IContender
{
    /// <summary>
    /// Sends <see cref="ComparedGuest.PipelinedBatches"/> batches of 1,000 INT commands in one go and waits until all
    /// are done.
    /// </summary>
    Task SendPipelinedAsync();

    /// <summary>Sends one batch of 1,000 INT commands and waits until it is done.</summary>
    Task SendOneBatchAsync();

    /// <summary>
    /// One batch of 1,000 INT commands, and every interrupt acknowledged and ended; throws when one was not.
    /// </summary>
    Task TakeOneBatchAsync();
}
