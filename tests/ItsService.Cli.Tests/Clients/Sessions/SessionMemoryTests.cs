using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using Microsoft.AspNetCore.Http;

namespace ItsService.Cli.Tests.Clients.Sessions;

/// <summary>A VMM that answers for its guest's RAM, on its session or without one.</summary>
public sealed class SessionMemoryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Guest_whose_ram_the_session_serves_takes_its_interrupt()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "live", RemoteSpec());
        var ram = new Ram();
        await using var session = await vm.AttachAsync(
            new VmmSessionOptions { Memory = ram }, Cancellation).WithinLimit();
        await Guest.SetUpAsync(vm);

        // Commands are fetched, and run when they are there.
        while (await session.ReadRegisterAsync(RegisterPlace.Named("GITS_CREADR"), AccessSize.Natural, Cancellation)
            != Guest.BootCommandsSizeBytes)
        {
            await Task.Yield();
        }

        await Guest.SignalAsync(vm, 1);

        Assert.Equal(
            Guest.Lpi + 1u,
            await session.ReadSystemRegisterAsync(new VcpuIndex(1), SystemRegisterId.IccIar1, Cancellation));
    }

    [Fact]
    public async Task Ram_may_be_served_without_a_session()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "live", RemoteSpec());
        var ram = new Ram();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var serving = vm.ServeMemoryAsync(ram, ending.Token);

        await vm.WriteMemoryAsync(Guest.Data, new byte[] { 1, 2, 3 }, Cancellation).WithinLimit();
        var read = await vm.ReadMemoryAsync(Guest.Data, 4, Cancellation).WithinLimit();
        await ending.CancelAsync();
        await serving.WithinLimit();

        Assert.Equal([1, 2, 3, 0], read);
        Assert.Single(ram.Written);
    }

    [Fact]
    public async Task Second_that_serves_is_refused_and_the_vm_that_is_gone_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "live", RemoteSpec());
        await using var session = await vm.AttachAsync(
            new VmmSessionOptions { Memory = new Ram() }, Cancellation).WithinLimit();

        var second = await Assert.ThrowsAsync<ItsServiceException>(
            () => vm.ServeMemoryAsync(new Ram(), Cancellation).WithinLimit());
        await vm.DeleteAsync(Cancellation).WithinLimit();
        var gone = await Assert.ThrowsAsync<ItsServiceException>(
            () => vm.ServeMemoryAsync(new Ram(), Cancellation).WithinLimit());

        Assert.Equal(ErrorReason.MemoryServed, Assert.Single(second.Problems).Reason);
        Assert.Equal(ErrorReason.VmNotFound, Assert.Single(gone.Problems).Reason);
    }

    [Fact]
    public async Task Each_write_is_made_once_over_a_connection_that_breaks_again_and_again()
    {
        const int Rounds = 30;
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "live", RemoteSpec());
        var ram = new Ram();
        HttpContext? present = null;
        void Watch() => server.Arriving.BeforeNext("its.v1.Vmm/Attach", request => present = request);
        Watch();
        await using var session = await vm.AttachAsync(
            new VmmSessionOptions { Memory = ram, ConnectionLost = _ => Watch() }, Cancellation).WithinLimit();

        var calls = new List<Task>();
        for (var round = 0; round < Rounds; round++)
        {
            for (var number = 0; number < 10; number++)
            {
                var address = new GuestAddress(Guest.Data.Value + (ulong)((round * 10) + number));
                calls.Add(vm.WriteMemoryAsync(address, new[] { (byte)round }, Cancellation));
            }

            // Some have been told, and some were made and not answered.
            await calls[^(1 + (round % 10))].WithinLimit();
            present!.Abort();
        }

        await Task.WhenAll(calls).WithinLimit();
        Assert.Equal(Rounds * 10, ram.Written.Count);
        Assert.Equal(Rounds * 10, ram.Written.Distinct().Count());
        Assert.Equal(
            Enumerable.Range(0, Rounds * 10).Select(place => (byte)(place / 10)),
            await vm.ReadMemoryAsync(Guest.Data, Rounds * 10, Cancellation).WithinLimit());
    }

    [Fact]
    public async Task Write_that_was_made_and_not_answered_is_not_made_again_by_who_serves_next()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "live", RemoteSpec());
        using var first = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var second = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var ram = new Ram { AfterWrite = first.Cancel };
        var serving = vm.ServeMemoryAsync(ram, first.Token);
        var writing = vm.WriteMemoryAsync(Guest.Data, new byte[] { 1 }, Cancellation);
        await serving.WithinLimit();

        // The server learns of the end when it does.
        Task again;
        while (await Task.WhenAny(again = vm.ServeMemoryAsync(ram, second.Token), writing).WithinLimit() == again)
        {
            Assert.Equal(ErrorReason.MemoryServed, (await Assert.ThrowsAsync<ItsServiceException>(() => again)).Reason);
        }

        await writing.WithinLimit();
        await second.CancelAsync();
        await again.WithinLimit();
        Assert.Single(ram.Written);
    }

    private static VmSpec RemoteSpec()
    {
        var spec = Guest.Spec();
        spec.MemoryRegions[0].Remote = new RemoteMemory();
        return spec;
    }

    /// <summary>A megabyte of RAM.</summary>
    private sealed class Ram : IGuestMemoryProvider
    {
        private readonly byte[] _bytes = new byte[Guest.RamSizeBytes];

        /// <summary>Called when something was written.</summary>
        public Action AfterWrite { get; init; } = () => { };

        /// <summary>Where something was written, in order.</summary>
        public List<ulong> Written { get; } = [];

        public bool TryRead(GuestAddress address, Span<byte> destination)
        {
            _bytes.AsSpan((int)(address.Value - Guest.Ram), destination.Length).CopyTo(destination);
            return true;
        }

        public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
        {
            Written.Add(address.Value);
            source.CopyTo(_bytes.AsSpan((int)(address.Value - Guest.Ram)));
            AfterWrite();
            return true;
        }
    }
}
