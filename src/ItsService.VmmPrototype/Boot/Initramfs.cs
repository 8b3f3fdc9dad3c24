using System.Globalization;
using System.Text;

namespace ItsService.VmmPrototype.Boot;

/// <summary>Writes an initramfs: a cpio archive in the format "newc", as the kernel unpacks it.</summary>
public sealed class Initramfs
{
    private const string Magic = "070701";
    private const string Trailer = "TRAILER!!!";
    private const uint DirectoryType = 0x4000;
    private const uint FileType = 0x8000;
    private const uint CharacterDeviceType = 0x2000;

    private readonly List<byte> _archive = [];
    private uint _entries;

    /// <summary>A directory, which its files come after.</summary>
    public Initramfs Directory(string name) => Add(name, DirectoryType | 0x1ED, [], 0, 0);

    /// <summary>A file that can be executed.</summary>
    public Initramfs Program(string name, ReadOnlySpan<byte> content) => Add(name, FileType | 0x1ED, content, 0, 0);

    /// <summary>A file.</summary>
    public Initramfs File(string name, ReadOnlySpan<byte> content) => Add(name, FileType | 0x1A4, content, 0, 0);

    /// <summary>A character device.</summary>
    public Initramfs CharacterDevice(string name, uint major, uint minor) =>
        Add(name, CharacterDeviceType | 0x180, [], major, minor);

    /// <summary>The whole archive. Nothing can be added afterwards.</summary>
    public byte[] ToBytes()
    {
        Add(Trailer, 0, [], 0, 0);
        return _archive.ToArray();
    }

    private Initramfs Add(string name, uint mode, ReadOnlySpan<byte> content, uint major, uint minor)
    {
        var nameBytes = Encoding.ASCII.GetBytes(name + "\0");
        // Inode, mode, user, group, links, time, size, device (2), device of the node (2), name's length, checksum.
        ReadOnlySpan<uint> fields =
        [
            ++_entries, mode, 0, 0, 1, 0, (uint)content.Length, 0, 0, major, minor, (uint)nameBytes.Length, 0,
        ];
        var header = new StringBuilder(Magic);
        foreach (var field in fields)
        {
            header.Append(field.ToString("X8", CultureInfo.InvariantCulture));
        }

        _archive.AddRange(Encoding.ASCII.GetBytes(header.ToString()));
        WritePadded(nameBytes);
        WritePadded(content);
        return this;
    }

    private void WritePadded(ReadOnlySpan<byte> bytes)
    {
        _archive.AddRange(bytes);
        while (_archive.Count % 4 != 0)
        {
            _archive.Add(0);
        }
    }
}
