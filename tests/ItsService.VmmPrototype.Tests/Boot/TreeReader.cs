using System.Buffers.Binary;
using System.Text;

namespace ItsService.VmmPrototype.Tests.Boot;

/// <summary>Reads a flattened device tree as a guest does: properties by path, as "/chosen/bootargs".</summary>
internal sealed class TreeReader
{
    private readonly byte[] _tree;
    private readonly Dictionary<string, byte[]> _properties = [];

    public TreeReader(byte[] tree)
    {
        _tree = tree;
        Assert.Equal(0xD00DFEEDu, Word(0));
        Assert.Equal((uint)tree.Length, Word(4));
        Read((int)Word(8), (int)Word(12));
    }

    public uint[] Cells(string path) =>
        [.. _properties[path].Chunk(4).Select(cell => BinaryPrimitives.ReadUInt32BigEndian(cell))];

    public string[] Texts(string path) =>
        Encoding.ASCII.GetString(_properties[path]).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    public bool Has(string path) => _properties.ContainsKey(path);

    public int CountOf(Func<string, bool> path) => _properties.Keys.Count(path);

    private void Read(int place, int strings)
    {
        var names = new Stack<string>();
        while (true)
        {
            switch (Word(place))
            {
                case 1:
                    var name = Text(place + 4);
                    names.Push(name);
                    place = Aligned(place + 4 + name.Length + 1);
                    break;
                case 2:
                    names.Pop();
                    place += 4;
                    break;
                case 3:
                    var length = (int)Word(place + 4);
                    var path = string.Join('/', names.Reverse().Append(Text(strings + (int)Word(place + 8))));
                    _properties.Add(path, _tree[(place + 12)..(place + 12 + length)]);
                    place = Aligned(place + 12 + length);
                    break;
                default:
                    Assert.Equal(9u, Word(place));
                    Assert.Empty(names);
                    return;
            }
        }
    }

    private static int Aligned(int place) => (place + 3) & ~3;

    private string Text(int place)
    {
        var end = Array.IndexOf(_tree, (byte)0, place);
        return Encoding.ASCII.GetString(_tree, place, end - place);
    }

    private uint Word(int place) => BinaryPrimitives.ReadUInt32BigEndian(_tree.AsSpan(place));
}
