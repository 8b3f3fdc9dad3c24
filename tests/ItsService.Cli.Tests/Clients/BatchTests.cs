using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

public sealed class BatchTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_access_has_its_result()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var translater = RegisterPlace.At(new GuestAddress(Guest.Doorbell));

        var batch = vm.Batch();
        batch.Read(RegisterPlace.Named("GITS_TYPER"), AccessSize.Natural, out var typer)
            .Read(RegisterPlace.InGicr(new VcpuIndex(1), 0xC), AccessSize.Word, out var affinity)
            .WriteMemory(Guest.Data, [1, 2, 3])
            .ReadMemory(Guest.Data, 4, out var bytes)
            .Write(translater, AccessSize.Word, 0, Guest.Device, out var message)
            .Write(RegisterPlace.InGicd(0x84), AccessSize.Word, 0, Guest.Device, out var noMessage)
            .ReadSystemRegister(new VcpuIndex(0), SystemRegisterId.IccIar1, out var acknowledged)
            .WriteSystemRegister(new VcpuIndex(0), SystemRegisterId.IccEoir1, Guest.Lpi)
            .ReadSystemRegister(new VcpuIndex(0), SystemRegisterId.Named("ICC_IAR1_EL1"), out var spurious);
        var results = await batch.SendAsync(Cancellation).WithinLimit();

        Assert.Equal(9, batch.Count);
        Assert.Empty(results.Failures);
        Assert.Equal((0x1EF71UL, 1UL), (results.Value(typer), results.Value(affinity)));
        Assert.Equal([1, 2, 3, 0], results.Bytes(bytes).ToArray());
        var outcome = results.Message(message);
        Assert.Equal((MsiOutcome.Pended, Guest.Lpi, 0u), (outcome?.Outcome, outcome?.IntId, outcome?.Vcpu));
        Assert.Null(results.Message(noMessage));
        Assert.Equal((Guest.Lpi, 1023UL), (results.Value(acknowledged), results.Value(spurious)));
    }

    [Fact]
    public async Task Lines_are_told_as_they_are_after_the_batch()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 0);

        var batch = vm.Batch().ReadSystemRegister(new VcpuIndex(0), SystemRegisterId.IccIar1, out _);
        var results = await batch.SendAsync(Cancellation).WithinLimit();

        var line = Assert.Single(results.ChangedLines);
        Assert.Equal((0u, false), (line.Vcpu, line.IrqAsserted));
    }

    [Fact]
    public async Task Access_that_could_not_be_made_fails_by_itself()
    {
        // This service has no such access yet: hosted memory is reserved before the first one is made.
        var error = new AccessError { Reason = ErrorReason.NoMemory, Message = "the page did not come" };
        await using var service = await ScriptedRegisters.StartAsync(new BatchResponse
        {
            Results =
            {
                new AccessResult { Value = 1 }, new AccessResult { Error = error }, new AccessResult { Value = 3 },
            },
        });
        await using var client = ItsClient.Connect(service.Url);
        var batch = client.Vm("any").Batch();
        var place = RegisterPlace.Named("GITS_TYPER");
        batch.Read(place, AccessSize.Natural, out var first)
            .Read(place, AccessSize.Natural, out var second)
            .Read(place, AccessSize.Natural, out var third);

        var results = await batch.SendAsync(Cancellation).WithinLimit();

        Assert.Equal([new BatchFailure(1, error)], results.Failures);
        Assert.Equal((1UL, 3UL), (results.Value(first), results.Value(third)));
        Assert.True(results.TryGetValue(third, out _));
        Assert.False(results.TryGetValue(second, out _));
        var refusal = Assert.Throws<ItsServiceException>(() => results.Value(second));
        Assert.Equal(ErrorReason.NoMemory, refusal.Reason);
        Assert.Equal("accesses[1]: the page did not come", refusal.Message);
    }

    [Fact]
    public async Task Memory_that_is_used_up_refuses_all_of_them()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.HostedMemoryBytesPerVmMax = 64 << 10);
        var vm = await Guest.CreateAsync(server.Client, "guest");
        var batch = vm.Batch().WriteSystemRegister(new VcpuIndex(0), SystemRegisterId.IccPmr, 0xF0);
        batch.WriteMemory(Guest.Data, Enumerable.Repeat((byte)1, 128 << 10).ToArray());

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(() => batch.SendAsync(Cancellation).WithinLimit());

        Assert.Equal(ErrorReason.LimitExceeded, refusal.Reason);
        var mask = await vm.ReadSystemRegisterAsync(
            new VcpuIndex(0), SystemRegisterId.IccPmr, Cancellation).WithinLimit();
        Assert.Equal(0UL, mask.Value);
    }

    [Fact]
    public async Task Malformed_access_refuses_all_of_them()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");

        var batch = vm.Batch()
            .WriteSystemRegister(new VcpuIndex(0), SystemRegisterId.IccPmr, 0xF0)
            .Write(RegisterPlace.Named("GITS_CTRL"), AccessSize.Natural, 1);
        var refusal = await Assert.ThrowsAsync<ItsServiceException>(() => batch.SendAsync(Cancellation).WithinLimit());

        var problem = Assert.Single(refusal.Problems);
        Assert.StartsWith("accesses[1]", problem.Field, StringComparison.Ordinal);
        Assert.Equal("GITS_CTLR", problem.Suggestion);
        var mask = await vm.ReadSystemRegisterAsync(
            new VcpuIndex(0), SystemRegisterId.IccPmr, Cancellation).WithinLimit();
        Assert.Equal(0UL, mask.Value);
    }

    [Fact]
    public async Task Empty_batch_makes_no_call()
    {
        await using var client = ItsClient.Connect(Nobody.FreePort());

        var results = await client.Vm("nobody").Batch().SendAsync(Cancellation).WithinLimit();

        Assert.Empty(results.Failures);
        Assert.Empty(results.ChangedLines);
    }
}
