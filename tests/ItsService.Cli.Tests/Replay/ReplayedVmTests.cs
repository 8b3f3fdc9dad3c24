using ItsService.Cli.Replay;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using Microsoft.Extensions.Logging;

namespace ItsService.Cli.Tests.Replay;

/// <summary>The VM of a replay when its replay is interrupted.</summary>
public sealed class ReplayedVmTests
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Move_that_is_interrupted_leaves_the_vm_that_goes_on_at_most(bool keep, int left)
    {
        await using var server = await TestServer.StartAsync();
        using var interrupt = new CancellationTokenSource();
        using var logging = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(LogLevel.Debug).AddProvider(new InterruptAtDelete(interrupt)));
        await using var client = ItsClient.Connect(
            ServerAddress.Parse(server.Url), new ItsClientOptions { LoggerFactory = logging });
        var spec = Guest.Spec();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await using var vm = await ReplayedVm.CreateAsync(
                client, spec, new VmMove(byExport: false), keep, interrupt.Token);
            await vm.MoveAsync([], interrupt.Token);
        });

        Assert.True(interrupt.IsCancellationRequested);
        Assert.Equal(left, (await server.ListVmsAsync()).Count);
    }

    /// <summary>Interrupts as soon as the client begins to delete a VM, before it has sent that.</summary>
    private sealed class InterruptAtDelete(CancellationTokenSource interrupt) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("/its.v1.VirtualMachines/DeleteVm", StringComparison.Ordinal))
            {
                interrupt.Cancel();
            }
        }

        public void Dispose()
        {
        }
    }
}
