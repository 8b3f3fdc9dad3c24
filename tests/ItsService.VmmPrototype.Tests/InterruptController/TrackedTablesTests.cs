using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Tests.InterruptController;

public class TrackedTablesTests
{
    private const ulong Redistributor1 = MemoryMap.Redistributors + MemoryMap.RedistributorSizeBytes;

    private readonly TrackedTables _tables = new();

    [Fact]
    public void The_queue_is_where_its_two_halves_say()
    {
        Note(MemoryMap.Its + 0x80, 0x4001_000F, 4);
        Assert.Empty(_tables.Ranges());
        Note(MemoryMap.Its + 0x84, 0x8000_0000, 4);

        Assert.Equal([(0x4001_0000ul, 0x1_0000ul)], _tables.Ranges());
    }

    [Fact]
    public void A_table_has_pages_of_the_size_that_it_says()
    {
        Note(MemoryMap.Its + 0x100, 0x8100_0000_4002_0201);

        Assert.Equal([(0x4002_0000ul, 0x2_0000ul)], _tables.Ranges());
    }

    [Fact]
    public void A_table_that_is_not_valid_any_more_is_none()
    {
        Note(MemoryMap.Its + 0x108, 0x8400_0000_4002_0200);
        Note(MemoryMap.Its + 0x108, 0x0400_0000_4002_0200);

        Assert.Empty(_tables.Ranges());
    }

    [Fact]
    public void Configurations_and_pending_tables_are_as_large_as_intids_have_bits()
    {
        Note(Redistributor1 + 0x70, 0x4010_070F);
        Note(Redistributor1 + 0x78, 0x4020_0700);

        Assert.Equal([(0x4010_0000ul, 0xE000ul), (0x4020_0000ul, 0x2000ul)], _tables.Ranges());
    }

    [Fact]
    public void Other_registers_name_no_table()
    {
        Note(MemoryMap.Its + 0x88, ulong.MaxValue);
        Note(MemoryMap.Distributor + 0x80, ulong.MaxValue);
        Note(MemoryMap.Redistributors + 0x1_0080, ulong.MaxValue);

        Assert.Empty(_tables.Ranges());
    }

    private void Note(ulong address, ulong value, int sizeBytes = 8) => _tables.Note(address, sizeBytes, value);
}
