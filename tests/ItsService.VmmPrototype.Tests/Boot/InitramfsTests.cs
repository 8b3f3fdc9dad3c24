using System.Globalization;
using System.Text;
using ItsService.VmmPrototype.Boot;

namespace ItsService.VmmPrototype.Tests.Boot;

public class InitramfsTests
{
    private static readonly List<Entry> Entries = Read(new Initramfs()
        .Directory("bin").Program("bin/tool", [1, 2, 3, 4, 5]).File("note", "hello"u8)
        .CharacterDevice("console", 5, 1).ToBytes());

    [Fact]
    public void Entries_come_in_order_and_the_trailer_last() => Assert.Equal(
        ["bin", "bin/tool", "note", "console", "TRAILER!!!"], Entries.Select(entry => entry.Name));

    [Fact]
    public void A_file_holds_its_bytes_and_a_program_can_be_executed()
    {
        Assert.Equal([1, 2, 3, 4, 5], Entries[1].Content);
        Assert.Equal(0x81EDu, Entries[1].Mode);
        Assert.Equal("hello"u8.ToArray(), Entries[2].Content);
        Assert.Equal(0x81A4u, Entries[2].Mode);
    }

    [Fact]
    public void A_device_has_its_numbers()
    {
        Assert.Equal(0x2180u, Entries[3].Mode);
        Assert.Equal((5u, 1u), Entries[3].Device);
    }

    private static List<Entry> Read(byte[] archive)
    {
        var entries = new List<Entry>();
        for (var place = 0; place < archive.Length;)
        {
            Assert.Equal("070701", Encoding.ASCII.GetString(archive, place, 6));
            uint Field(int number) => uint.Parse(
                Encoding.ASCII.GetString(archive, place + 6 + (8 * number), 8), NumberStyles.HexNumber);
            var nameBytes = (int)Field(11);
            var content = Aligned(place + 110 + nameBytes);
            var sizeBytes = (int)Field(6);
            entries.Add(new Entry(
                Encoding.ASCII.GetString(archive, place + 110, nameBytes - 1),
                Field(1),
                archive[content..(content + sizeBytes)],
                (Field(9), Field(10))));
            place = Aligned(content + sizeBytes);
        }

        return entries;
    }

    private static int Aligned(int place) => (place + 3) & ~3;

    private sealed record Entry(string Name, uint Mode, byte[] Content, (uint Major, uint Minor) Device);
}
