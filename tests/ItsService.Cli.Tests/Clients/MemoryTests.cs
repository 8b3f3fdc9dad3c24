using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

/// <summary>Guest memory goes in pieces that the service takes.</summary>
public sealed class MemoryTests
{
    private const int AccessBytesMax = 4096;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(AccessBytesMax)]
    [InlineData(AccessBytesMax + 1)]
    [InlineData((5 * AccessBytesMax) + 123)]
    public async Task Bytes_come_back_however_many(int count)
    {
        await using var server = await StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");
        var bytes = Enumerable.Range(0, count).Select(number => (byte)(number * 37 >> 3)).ToArray();
        var address = Guest.Data + 5;

        await vm.WriteMemoryAsync(address, bytes, Cancellation).WithinLimit();

        Assert.Equal(bytes, await vm.ReadMemoryAsync(address, count, Cancellation).WithinLimit());
        var around = await vm.ReadMemoryAsync(Guest.Data, count + 10, Cancellation).WithinLimit();
        Assert.Equal([.. new byte[5], .. bytes, .. new byte[5]], around);
    }

    [Fact]
    public async Task Negative_length_is_refused_before_any_call()
    {
        await using var server = await StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            server.Client.Vm("vms/none").ReadMemoryAsync(new GuestAddress(0), lengthBytes: -1, Cancellation));
    }

    [Fact]
    public async Task One_access_of_more_than_the_limit_is_what_the_service_refuses()
    {
        await using var server = await StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(() =>
            vm.Batch().WriteMemory(Guest.Data, new byte[AccessBytesMax + 1]).SendAsync(Cancellation).WithinLimit());

        Assert.Equal(ErrorReason.LimitExceeded, refusal.Reason);
    }

    [Fact]
    public async Task Piece_that_lies_outside_leaves_those_before_it_done()
    {
        await using var server = await StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");
        var address = new GuestAddress(Guest.Ram + Guest.RamSizeBytes - AccessBytesMax);
        var bytes = Enumerable.Repeat((byte)0x5A, AccessBytesMax + 1).ToArray();

        var write = await Assert.ThrowsAsync<ItsServiceException>(
            () => vm.WriteMemoryAsync(address, bytes, Cancellation).WithinLimit());
        var read = await Assert.ThrowsAsync<ItsServiceException>(
            () => vm.ReadMemoryAsync(address, bytes.Length, Cancellation).WithinLimit());

        Assert.Equal((ErrorReason.NoMemory, ErrorReason.NoMemory), (write.Reason, read.Reason));
        Assert.Equal(bytes[1..], await vm.ReadMemoryAsync(address, AccessBytesMax, Cancellation).WithinLimit());
    }

    [Fact]
    public async Task Regions_are_added_and_removed()
    {
        await using var server = await StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");
        var added = new MemoryRegion { Base = 0x1_0000_0000, SizeBytes = 1 << 16, Hosted = new HostedMemory() };

        var after = await vm.UpdateMemoryAsync([added], [new GuestAddress(Guest.Ram)], Cancellation).WithinLimit();

        Assert.Equal(added, Assert.Single(after.Spec.MemoryRegions));
        await vm.WriteMemoryAsync(new GuestAddress(added.Base), new byte[] { 1 }, Cancellation).WithinLimit();
        var refusal = await Assert.ThrowsAsync<ItsServiceException>(
            () => vm.ReadMemoryAsync(Guest.Data, 1, Cancellation).WithinLimit());
        Assert.Equal(ErrorReason.NoMemory, refusal.Reason);
    }

    private static Task<TestServer> StartAsync() =>
        TestServer.StartAsync(options => options.Limits.MemoryAccessBytesMax = AccessBytesMax);
}
