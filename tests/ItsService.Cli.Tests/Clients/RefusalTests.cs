using Grpc.Core;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

/// <summary>What the service refuses arrives as one exception with everything in it.</summary>
public sealed class RefusalTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unknown_VM_is_typed()
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await RefusalOf(server.Client.Vm("nobody").DescribeAsync(Cancellation));

        Assert.Equal((StatusCode.NotFound, ErrorReason.VmNotFound), (refusal.StatusCode, refusal.Reason));
        Assert.Equal("vms/nobody", Assert.Single(refusal.Problems).Resource);
        Assert.False(refusal.IsUnreachable);
        Assert.Contains("vms/nobody", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_that_is_taken_is_typed()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var refusal = await RefusalOf(Guest.CreateAsync(server.Client, "guest"));

        Assert.Equal((StatusCode.AlreadyExists, ErrorReason.VmExists), (refusal.StatusCode, refusal.Reason));
    }

    [Fact]
    public async Task Suggestion_is_in_the_problem_and_in_the_message()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");

        var refusal = await RefusalOf(vm.ReadRegisterAsync(RegisterPlace.Named("GITS_TYPR"), Cancellation));

        Assert.Equal((StatusCode.InvalidArgument, ErrorReason.UnknownRegister), (refusal.StatusCode, refusal.Reason));
        var problem = Assert.Single(refusal.Problems);
        Assert.Equal(("GITS_TYPER", "target.named.name"), (problem.Suggestion, problem.Field));
        Assert.Equal(2, refusal.Message.Split("did you mean GITS_TYPER?").Length);
        Assert.Contains("did you mean GITS_TYPER?", Assert.Single(refusal.ProblemLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_number_of_KVM_is_in_the_problem_where_there_is_one()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");

        var doorbell = await RefusalOf(
            vm.SignalMsiAsync(new GuestAddress(0x1000), Guest.Device, new EventId(0), Cancellation));
        var name = await RefusalOf(server.Client.Vm("nobody").DescribeAsync(Cancellation));

        Assert.Equal(ErrorReason.NoDoorbell, doorbell.Reason);
        Assert.Equal(22u, Assert.Single(doorbell.Problems).KvmErrno);
        Assert.False(Assert.Single(name.Problems).HasKvmErrno);
    }

    [Fact]
    public async Task Several_problems_are_all_there()
    {
        await using var server = await TestServer.StartAsync();
        var spec = Guest.Spec();
        spec.Its[0].Base = 0x808_0001;
        spec.Profile = (Profile)77;

        var refusal = await RefusalOf(server.Client.CreateVmAsync("Guest", spec, Cancellation));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Equal(
            ["spec.its[0].base", "spec.profile", "vm_id"], refusal.Problems.Select(problem => problem.Field).Order());
        Assert.Equal(refusal.Problems.Count, refusal.ProblemLines.Count());
        Assert.All(
            refusal.Problems.Zip(refusal.ProblemLines),
            pair => Assert.Contains(pair.First.Field, pair.Second, StringComparison.Ordinal));
        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Refused_stream_is_typed()
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await RefusalOf(
            server.Client.Vm("nobody").DumpTablesAsync(Cancellation).ToListAsync(Cancellation).AsTask());

        Assert.Equal(ErrorReason.VmNotFound, refusal.Reason);
    }

    private static Task<ItsServiceException> RefusalOf(Task call) =>
        Assert.ThrowsAsync<ItsServiceException>(() => call.WithinLimit());
}
