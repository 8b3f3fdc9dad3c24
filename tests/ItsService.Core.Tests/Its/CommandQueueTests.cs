using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Its;

/// <summary>How many slots of a queue are in use, wherever its two offsets stand.</summary>
public class CommandQueueTests
{
    private const int ThreePages = 3 * 128;

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 94, 94)]
    [InlineData(300, 10, 94)]
    [InlineData(383, 0, 1)]
    [InlineData(1, 0, 383)]
    public void Slots_between_the_offsets_are_in_use_across_the_end_as_well(int read, int written, int used)
    {
        var queue = Queue(read);
        queue.SetWriteOffset((ulong)written * 32, GicProfiles.Kvm);

        Assert.Equal(used, queue.UsedSlots);
        Assert.Equal(ThreePages - 1 - used, queue.FreeSlots);
    }

    [Fact]
    public void No_slot_is_in_use_while_cwriter_is_outside()
    {
        var queue = Queue(read: 1);
        queue.SetWriteOffset(ThreePages * 32, GicProfiles.Qemu);

        Assert.Equal(0, queue.UsedSlots);
        Assert.False(queue.HasCommand);
    }

    private static CommandQueue Queue(int read)
    {
        var queue = new CommandQueue();
        queue.SetBase(new GitsCbaser(Guest.Valid | Places.Queue() | 2), clearWriteOffset: true);
        for (var slot = 0; slot < read; slot++)
        {
            queue.Advance();
        }

        return queue;
    }
}
