using Grpc.Core;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Tests.Clients;

/// <summary>Calls that wait for a Paused VM end when their caller wants them to, and have not happened then.</summary>
public sealed class CancellationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancelled_message_has_not_happened()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await BootPausedAsync(server, server.Client);
        using var cancellation = new CancellationTokenSource();

        var call = vm.SignalMsiAsync(new ItsIndex(0), Guest.Device, new EventId(0), cancellation.Token);
        await server.Requests.UntilAsync(1);
        Assert.False(call.IsCompleted, "a call to a Paused VM ended");
        await cancellation.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinLimit());
        await server.Requests.UntilAsync(0);

        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
        await vm.ResumeAsync(Cancellation).WithinLimit();
        Assert.Equal(1023UL, await Guest.AcknowledgeAsync(vm, 0));
    }

    [Fact]
    public async Task Cancelled_read_write_and_batch_have_not_happened()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await BootPausedAsync(server, server.Client);
        using var cancellation = new CancellationTokenSource();
        var pmr = SystemRegisterId.IccPmr;

        Task[] calls =
        [
            vm.ReadRegisterAsync(RegisterPlace.Named("GITS_TYPER"), cancellation.Token),
            vm.WriteSystemRegisterAsync(new VcpuIndex(0), pmr, 0x50, cancellation.Token),
            vm.Batch().WriteSystemRegister(new VcpuIndex(1), pmr, 0x50).SendAsync(cancellation.Token),
        ];
        await server.Requests.UntilAsync(calls.Length);
        await cancellation.CancelAsync();
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinLimit());
        }

        await server.Requests.UntilAsync(0);
        await vm.ResumeAsync(Cancellation).WithinLimit();
        for (var vcpu = 0u; vcpu < 2; vcpu++)
        {
            var mask = await vm.ReadSystemRegisterAsync(new VcpuIndex(vcpu), pmr, Cancellation).WithinLimit();
            Assert.Equal(0xF0UL, mask.Value);
        }
    }

    [Fact]
    public async Task Call_that_is_cancelled_before_it_begins_is_never_made()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => vm.DeleteAsync(cancelled).WithinLimit());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => vm.DumpTablesAsync(cancelled).ToListAsync(Cancellation).AsTask().WithinLimit());

        Assert.Single(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Call_that_takes_too_long_says_so_and_is_neither_cancelled_nor_unreachable()
    {
        await using var server = await TestServer.StartAsync();
        var options = new ItsClientOptions { CallTimeout = TimeSpan.FromMilliseconds(500) };
        await using var hasty = ItsClient.Connect(ServerAddress.Parse(server.Url), options);
        var vm = await BootPausedAsync(server, server.Client);

        var failure = await Assert.ThrowsAsync<ItsServiceException>(() => hasty.Vm(vm.Name)
            .ReadRegisterAsync(RegisterPlace.Named("GITS_TYPER"), Cancellation).WithinLimit());

        Assert.Equal((StatusCode.DeadlineExceeded, false), (failure.StatusCode, failure.IsUnreachable));
        Assert.Contains("Paused", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposal_of_the_client_cancels_the_calls_that_wait()
    {
        await using var server = await TestServer.StartAsync();
        var client = ItsClient.Connect(server.UnixUrl);
        var vm = await BootPausedAsync(server, client);

        var call = vm.ReadRegisterAsync(RegisterPlace.Named("GITS_TYPER"), Cancellation);
        await server.Requests.UntilAsync(1);
        await client.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinLimit());
        await server.Requests.UntilAsync(0);
    }

    private static async Task<VmHandle> BootPausedAsync(TestServer server, ItsClient client)
    {
        var vm = await Guest.BootAsync(client, "gate");
        await vm.PauseAsync(Cancellation).WithinLimit();
        await server.Requests.UntilAsync(0);
        return vm;
    }
}
