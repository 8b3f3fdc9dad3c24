using System.Buffers.Binary;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Memory;

/// <summary>Images of a VM's memory: of one instant, and paid for as long as they are there.</summary>
public class MemoryImageTests
{
    private const int PageBytes = SparseGuestMemory.PageSizeBytes;
    private const int BudgetPages = 100;
    private const ulong Base = GuestMap.RamBase;
    private const ulong Far = GuestMap.DataArea;

    private static readonly ItsServerLimits Limits = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Image_holds_what_was_there_in_order_and_no_zeros()
    {
        var budget = new HostedMemoryBudget(BudgetPages);
        var memory = Memory(budget);
        Write(memory, Far, 3);
        Write(memory, Base + PageBytes, 2);
        Write(memory, Base, 1);
        Write(memory, Base + (2 * PageBytes), 9);
        Write(memory, Base + (2 * PageBytes), 0);

        using var image = Take(memory);
        Write(memory, Base, 7);

        Assert.Equal(3, image.PageCount);
        Assert.Equal(
            [(Base, 1), (Base + PageBytes, 2), (Far, 3)],
            Enumerable.Range(0, 3).Select(index => (AddressOf(image, index), (int)image.Page(index, out _)[0])));
        // 4 of the VM, 3 of the image.
        AssertFree(budget, BudgetPages - 7);
    }

    [Fact]
    public void Every_image_is_paid_for_until_it_is_disposed_of_whatever_becomes_of_the_memory()
    {
        var budget = new HostedMemoryBudget(BudgetPages);
        var memory = Memory(budget);
        for (var page = 0u; page < 5; page++)
        {
            Write(memory, Base + (page * PageBytes), 1);
        }

        var first = Take(memory);
        Write(memory, Base, 2);
        var second = Take(memory);
        var other = Memory(budget);
        Write(other, Base, 3);
        AssertFree(budget, BudgetPages - 16);

        memory.TakeOver(other);
        AssertFree(budget, BudgetPages - 11);
        Write(memory, Base, 4);
        memory.ReplaceRegions([]);
        other.Release();
        memory.Release();
        AssertFree(budget, BudgetPages - 10);
        Assert.Equal((5, 1), (first.PageCount, (int)first.Page(0, out _)[0]));
        Assert.Equal((5, 2), (second.PageCount, (int)second.Page(0, out _)[0]));

        first.Dispose();
        first.Dispose();
        AssertFree(budget, BudgetPages - 5);
        second.Dispose();
        AssertFree(budget, BudgetPages);
    }

    /// <summary>A number stands in two places, and is written to both of them in one entry into the gate.</summary>
    [Fact]
    public async Task Image_is_of_one_instant_whatever_is_written_while_it_is_read()
    {
        await using var server = await TestServer.StartAsync();
        var host = server.Host((await Guest.CreateAsync(server.Tcp, "guest")).Name);
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 2).Select(_ => Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    await host.EnterAsync<CountUp, Done>(default, Cancellation);
                }
            },
            Cancellation)).ToArray();

        // Until enough was written: a writer may come late.
        var last = 0UL;
        var images = new Queue<(MemoryImage Image, ulong Number)>();
        var startedAt = TimeProvider.System.GetTimestamp();
        for (var round = 0; round < 500 || last < 100; round++)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, $"{last} were written");
            await Task.Yield();
            images.Enqueue(await host.EnterAsync<TakeImage, (MemoryImage, ulong)>(default, Cancellation));
            if (images.Count < 4)
            {
                continue;
            }

            // Some numbers later.
            (var image, last) = images.Dequeue();
            using var taken = image;
            var numbers = Enumerable.Range(0, image.PageCount)
                .Select(index => BinaryPrimitives.ReadUInt64LittleEndian(image.Page(index, out _))).ToArray();
            Assert.Equal(last == 0 ? [] : [last, last], numbers);
        }

        await done.CancelAsync();
        await Task.WhenAll(writers).WithinLimit();
        foreach (var (image, _) in images)
        {
            image.Dispose();
        }
    }

    private static HostedMemory Memory(HostedMemoryBudget budget) => new(
        [new MemoryRegion(new GuestRange(new GuestAddress(Base), GuestMap.RamSizeBytes), false)], Limits, budget);

    private static void Write(HostedMemory memory, ulong address, byte value) =>
        Assert.True(memory.Write(new GuestAddress(address), [value]).IsOk);

    private static MemoryImage Take(HostedMemory memory)
    {
        using var room = memory.TryTakeRoom();
        Assert.NotNull(room);
        return memory.TryTakeImage(room)!;
    }

    private static ulong NumberIn(VmContent vm)
    {
        var bytes = new byte[8];
        Assert.True(vm.Memory.Read(new GuestAddress(Base), bytes).IsOk);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private static ulong AddressOf(MemoryImage image, int index)
    {
        image.Page(index, out var address);
        return address.Value;
    }

    private static void AssertFree(HostedMemoryBudget budget, int pageCount)
    {
        Assert.False(budget.TryTake(pageCount + 1), $"more than {pageCount} pages are free");
        Assert.True(budget.TryTake(pageCount), $"fewer than {pageCount} pages are free");
        budget.GiveBack(pageCount);
    }

    private readonly struct CountUp : IVmOperation<Done>
    {
        public Done Run(VmContent vm)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, NumberIn(vm) + 1);
            Assert.True(vm.Memory.Write(new GuestAddress(Base), bytes).IsOk);
            Assert.True(vm.Memory.Write(new GuestAddress(Far), bytes).IsOk);
            return default;
        }
    }

    /// <summary>With the number that was there in that instant.</summary>
    private readonly struct TakeImage : IVmOperation<(MemoryImage, ulong)>
    {
        public (MemoryImage, ulong) Run(VmContent vm) => (Take(vm.Memory.Hosted), NumberIn(vm));
    }
}
