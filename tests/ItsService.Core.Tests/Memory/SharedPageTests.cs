using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Tests.Memory;

/// <summary>Pages that were handed out: as they were, whatever is written to the memory afterwards.</summary>
public class SharedPageTests
{
    private const ulong Base = 0x1_0000;
    private const int PageBytes = SparseGuestMemory.PageSizeBytes;
    private const int PageCount = 16;

    [Fact]
    public void Pages_are_handed_out_without_a_copy_and_each_is_copied_once_when_it_is_written()
    {
        var memory = Memory();
        memory.Write(new GuestAddress(Base), [1]);
        memory.Write(new GuestAddress(Base + PageBytes), [2]);
        var first = memory.SharePages();
        var second = memory.SharePages();
        Assert.True(first.Zip(second, AreSame).All(same => same), "a page was copied that nobody has written");

        memory.Write(new GuestAddress(Base), [3]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        memory.Write(new GuestAddress(Base + 1), [4]);
        var allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocatedBytes);
        Assert.Equal([1, 0], PageOf(first, Base)[..2].ToArray());
        var third = memory.SharePages();
        Assert.Equal([3, 4], PageOf(third, Base)[..2].ToArray());
        Assert.Equal(2 * PageBytes, memory.ResidentBytes);
        Assert.Equal(
            [false, true], third.OrderBy(page => page.Number).Zip(first.OrderBy(page => page.Number), AreSame));
    }

    [Fact]
    public void Regions_that_are_removed_take_nothing_from_what_was_handed_out()
    {
        var memory = Memory();
        memory.Write(new GuestAddress(Base), [1]);
        var shared = memory.SharePages();

        memory.ReplaceRegions([]);
        memory.ReplaceRegions([new MemoryRegion(new GuestRange(new GuestAddress(Base), PageBytes), false)]);
        memory.Write(new GuestAddress(Base), [2]);

        Assert.Equal(1, PageOf(shared, Base)[0]);
    }

    /// <summary>Writes of all sorts, and hand-outs in between, each of which must stay what a plain copy is.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_hand_out_is_of_its_own_instant(int seed)
    {
        var random = new Random(seed);
        var memory = Memory();
        var taken = new List<(SharedPage[] Shared, byte[] Copy)>();
        for (var round = 0; round < 2000; round++)
        {
            if (random.Next(20) == 0)
            {
                taken.Add((memory.SharePages(), CopyOf(memory)));
            }

            var bytes = new byte[random.Next(1, random.Next(8) == 0 ? 3 * PageBytes : 40)];
            if (random.Next(4) != 0)
            {
                random.NextBytes(bytes);
            }

            var address = new GuestAddress(Base + (ulong)random.Next((PageCount * PageBytes) - bytes.Length));
            if (random.Next(2) == 0)
            {
                Assert.True(memory.Write(address, bytes).IsOk);
            }
            else
            {
                Assert.True(memory.TryWriteAnyRegion(address, bytes));
            }
        }

        Assert.True(taken.Count > 50, "too little was handed out");
        foreach (var (shared, copy) in taken)
        {
            var all = new byte[copy.Length];
            foreach (var page in shared)
            {
                page.Bytes.CopyTo(all.AsSpan((int)((page.Number * PageBytes) - Base)));
            }

            Assert.Equal(copy, all);
        }
    }

    private static SparseGuestMemory Memory() =>
        new([new MemoryRegion(new GuestRange(new GuestAddress(Base), PageCount * PageBytes), false)]);

    private static byte[] CopyOf(SparseGuestMemory memory)
    {
        var copy = new byte[PageCount * PageBytes];
        Assert.True(memory.Read(new GuestAddress(Base), copy).IsOk);
        return copy;
    }

    private static ReadOnlySpan<byte> PageOf(SharedPage[] pages, ulong address) =>
        pages.Single(page => page.Number == address / PageBytes).Bytes;

    private static bool AreSame(SharedPage one, SharedPage other) => Unsafe.AreSame(
        ref MemoryMarshal.GetReference(one.Bytes), ref MemoryMarshal.GetReference(other.Bytes));
}
