using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Memory;

/// <summary>Sparse RAM, the memory that fails on demand, and ranges of addresses.</summary>
public class GuestMemoryTests
{
    private const ulong Base = 0x1_0000;

    [Fact]
    public void Ram_reads_zero_until_it_is_written()
    {
        var memory = new SparseGuestMemory([Region(Base, 0x1_0000)]);
        Assert.Equal(new byte[16], Read(memory, Base + 0x0FF8, 16));
        memory.Write(new GuestAddress(Base + 0x0FFC), [1, 2, 3, 4, 5, 6, 7, 8]); // across two pages

        Assert.Equal([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0], Read(memory, Base + 0x0FF8, 16));
    }

    [Theory]
    [InlineData(Base - 1, 1)]
    [InlineData(Base - 1, 2)]
    [InlineData(Base + 0xFFFF, 2)]
    [InlineData(Base + 0x1_0000, 1)]
    [InlineData(ulong.MaxValue, 2)]
    [InlineData(ulong.MaxValue - 3, 8)]
    public void Access_outside_ram_faults_and_writes_nothing(ulong address, int count)
    {
        var memory = new SparseGuestMemory([Region(Base, 0x1_0000)]);
        var bytes = new byte[count];
        bytes.AsSpan().Fill(0xEE);

        Assert.Equal(MemoryOutcome.Fault, memory.Read(new GuestAddress(address), new byte[count]));
        Assert.Equal(MemoryOutcome.Fault, memory.Write(new GuestAddress(address), bytes));
        var range = new GuestRange(new GuestAddress(address), (ulong)count);
        Assert.Equal(MemoryOutcome.Fault, memory.ProbeForWriting(range));
        Assert.Equal(0, memory.ResidentBytes);
    }

    [Theory]
    [InlineData(Base - 1, 1)]
    [InlineData(Base - 1, 2)]
    [InlineData(Base + 0xFFFF, 2)]
    [InlineData(Base + 0x1_0000, 1)]
    [InlineData(ulong.MaxValue, 2)]
    public void Access_outside_contiguous_ram_faults_and_writes_nothing(ulong address, int count)
    {
        var ram = new byte[0x1_0000];
        var memory = new ContiguousGuestMemory(new GuestAddress(Base), ram);
        var bytes = new byte[count];
        bytes.AsSpan().Fill(0xEE);

        Assert.Equal(MemoryOutcome.Fault, memory.Read(new GuestAddress(address), new byte[count]));
        Assert.Equal(MemoryOutcome.Fault, memory.Write(new GuestAddress(address), bytes));
        var range = new GuestRange(new GuestAddress(address), (ulong)count);
        Assert.Equal(MemoryOutcome.Fault, memory.ProbeForWriting(range));
        Assert.DoesNotContain((byte)0xEE, ram);
    }

    [Fact]
    public void Contiguous_ram_is_the_array_itself()
    {
        var ram = new byte[0x1_0000];
        var memory = new ContiguousGuestMemory(new GuestAddress(Base), ram);
        ram[0xFFFF] = 7;

        Assert.Equal([7], Read(memory, Base + 0xFFFF, 1));
        Assert.Equal(MemoryOutcome.Ok, memory.Write(new GuestAddress(Base), [1, 2]));
        Assert.Equal([1, 2], ram[..2]);
        Assert.Equal(MemoryOutcome.Ok, memory.ProbeForWriting(new GuestRange(new GuestAddress(Base), 0x1_0000)));
    }

    [Fact]
    public void Region_at_the_end_of_the_address_space_is_reached()
    {
        var memory = new SparseGuestMemory([Region(ulong.MaxValue - 0xFFF, 0x1000)]);

        Assert.Equal(MemoryOutcome.Ok, memory.Write(new GuestAddress(ulong.MaxValue), [7]));
        Assert.Equal([7], Read(memory, ulong.MaxValue, 1));
        Assert.Equal(MemoryOutcome.Fault, memory.Write(new GuestAddress(ulong.MaxValue), [7, 8]));
    }

    [Fact]
    public void Read_only_region_is_written_by_its_owner_alone()
    {
        var memory = new SparseGuestMemory([Region(Base, 0x1000) with { IsReadOnly = true }]);

        Assert.Equal(MemoryOutcome.Fault, memory.Write(new GuestAddress(Base), [1]));
        Assert.True(memory.TryWriteAnyRegion(new GuestAddress(Base), [2]));
        Assert.Equal([2], Read(memory, Base, 1));
    }

    [Fact]
    public void Memory_is_spent_for_bytes_other_than_zero_and_up_to_the_limit()
    {
        var memory = new SparseGuestMemory(
            [Region(Base, 0x1_0000)], residentBytesMax: 2 * SparseGuestMemory.PageSizeBytes);
        memory.Write(new GuestAddress(Base), new byte[0x1_0000]);
        Assert.Equal(0, memory.ResidentBytes);

        Assert.Equal(MemoryOutcome.Ok, memory.Write(new GuestAddress(Base), [1]));
        var threePages = new byte[3 * SparseGuestMemory.PageSizeBytes];
        threePages.AsSpan().Fill(9);
        Assert.Equal(MemoryOutcome.Fault, memory.Write(new GuestAddress(Base), threePages));
        Assert.Equal([1, 0], Read(memory, Base, 2));
        Assert.Equal(SparseGuestMemory.PageSizeBytes, memory.ResidentBytes);
    }

    [Fact]
    public void Replaced_regions_lose_what_lies_outside()
    {
        var memory = new SparseGuestMemory([Region(Base, 0x2000)]);
        memory.Write(new GuestAddress(Base), [1]);
        memory.Write(new GuestAddress(Base + 0x1000), [2]);
        memory.ReplaceRegions([Region(Base + 0x1000, 0x1000)]);
        memory.ReplaceRegions([Region(Base, 0x2000)]);

        Assert.Equal([0], Read(memory, Base, 1));
        Assert.Equal([2], Read(memory, Base + 0x1000, 1));
    }

    [Fact]
    public void Injected_trouble_meets_accesses_that_touch_it_until_it_is_healed()
    {
        var memory = new FaultInjectingGuestMemory(new SparseGuestMemory([Region(Base, 0x1_0000)]));
        var absent = new GuestRange(new GuestAddress(Base + 0x100), 0x10);
        memory.FaultReads(new GuestRange(new GuestAddress(Base), 8));
        memory.FaultWrites(new GuestRange(new GuestAddress(Base + 8), 8));
        memory.MakeAbsent(absent);

        Assert.Equal(MemoryOutcome.Fault, memory.Read(new GuestAddress(Base + 7), new byte[1]));
        Assert.Equal(MemoryOutcome.Ok, memory.Read(new GuestAddress(Base + 8), new byte[8]));
        Assert.Equal(MemoryOutcome.Ok, memory.Write(new GuestAddress(Base), new byte[8]));
        Assert.Equal(MemoryOutcome.Fault, memory.Write(new GuestAddress(Base), new byte[9]));
        Assert.Equal(MemoryOutcome.NotResident(absent), memory.Read(new GuestAddress(Base + 0x10F), new byte[4]));
        Assert.Equal(MemoryOutcome.Ok, memory.ProbeForWriting(absent));

        memory.Fetch(absent);
        Assert.Equal(MemoryOutcome.Ok, memory.Read(new GuestAddress(Base + 0x10F), new byte[4]));
        memory.Heal();
        Assert.Equal(MemoryOutcome.Ok, memory.Read(new GuestAddress(Base), new byte[8]));
    }

    [Theory]
    [InlineData(0x100UL, 0x10UL, 0x100UL, 0x10UL, true, true)]
    [InlineData(0x100UL, 0x10UL, 0x108UL, 0x8UL, true, true)]
    [InlineData(0x100UL, 0x10UL, 0x108UL, 0x9UL, false, true)]
    [InlineData(0x100UL, 0x10UL, 0x0F8UL, 0x9UL, false, true)]
    [InlineData(0x100UL, 0x10UL, 0x0F8UL, 0x8UL, false, false)]
    [InlineData(0x100UL, 0x10UL, 0x110UL, 0x1UL, false, false)]
    [InlineData(0x100UL, 0x10UL, 0x0F0UL, 0x100UL, false, true)]
    [InlineData(0xFFFF_FFFF_FFFF_FFF0UL, 0x10UL, 0xFFFF_FFFF_FFFF_FFF8UL, 0x8UL, true, true)]
    [InlineData(0xFFFF_FFFF_FFFF_FFF0UL, 0x10UL, 0xFFFF_FFFF_FFFF_FFF8UL, 0x9UL, false, true)]
    public void Ranges_contain_and_overlap(
        ulong start, ulong length, ulong otherStart, ulong otherLength, bool contains, bool overlaps)
    {
        var range = new GuestRange(new GuestAddress(start), length);
        var other = new GuestRange(new GuestAddress(otherStart), otherLength);

        Assert.Equal(contains, range.Contains(other));
        Assert.Equal(overlaps, range.Overlaps(other));
        Assert.Equal(overlaps, other.Overlaps(range));
    }

    private static MemoryRegion Region(ulong start, ulong length) =>
        new(new GuestRange(new GuestAddress(start), length));

    private static byte[] Read(IGuestMemory memory, ulong address, int count)
    {
        var bytes = new byte[count];
        Assert.Equal(MemoryOutcome.Ok, memory.Read(new GuestAddress(address), bytes));
        return bytes;
    }
}
