using System.Globalization;
using System.IO.Compression;

namespace ItsService.ReferenceModel.Tests;

/// <summary>Real Linux on QEMU: every register read, acknowledge and command as in the recording.</summary>
public class RecordingTests
{
    private static readonly Dictionary<string, uint> SystemRegisters = new()
    {
        ["pmr"] = 0xC230,
        ["bpr"] = 0xC663,
        ["ctlr"] = 0xC664,
        ["igrpen"] = 0xC667,
        ["dir"] = 0xC659,
    };

    public static TheoryData<string> Recordings =>
        [.. Directory.EnumerateFiles(Folder(), "*.trace.gz").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_recording_replays(string recording)
    {
        var lines = Lines(recording);
        var ram = Header(lines, "ram");
        var vcpus = int.Parse(Header(lines, "cpus")[0], CultureInfo.InvariantCulture);
        var memory = new SparseMemory(Hex(ram[0]), ulong.Parse(ram[1], CultureInfo.InvariantCulture));
        var affinities = Enumerable.Range(0, vcpus).Select(vcpu => (uint)vcpu).ToArray();
        var gic = new ReferenceGic(
            new ReferenceConfiguration(ReferenceProfile.Qemu, affinities, 1, null, 1 << 20, 1 << 16), memory);

        var acknowledged = 0;
        var differences = new List<string>();
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            var (expected, actual) = Apply(gic, memory, words);
            if (expected != actual)
            {
                differences.Add($"{line}: 0x{actual:x}");
            }

            acknowledged += words[0] == "ACK" ? 1 : 0;
        }

        Assert.Empty(differences);
        Assert.Empty(gic.TakeCommandErrors());
        Assert.True(acknowledged > 0);
        Assert.All(Enumerable.Range(0, vcpus), vcpu => Assert.Empty(gic.PendingLpis(vcpu)));
    }

    /// <summary>What the recording says was read, and what the model reads; zeros for what is no read.</summary>
    private static (ulong Expected, ulong Actual) Apply(ReferenceGic gic, SparseMemory memory, string[] words)
    {
        switch (words[0])
        {
            case "R" when IsModelled(words):
                var (frame, index) = Block(words[1]);
                return (Hex(words[4]), gic.ReadRegister(frame, index, (uint)Hex(words[3]), Decimal(words[2])));
            case "W":
                var (written, at) = Block(words[1]);
                gic.WriteRegister(written, at, (uint)Hex(words[3]), Decimal(words[2]), Hex(words[4]));
                break;
            case "FILL":
                var filled = new byte[Decimal(words[2])];
                Array.Fill(filled, Convert.FromHexString(words[3])[0]);
                Assert.True(memory.TryWrite(Hex(words[1]), filled));
                break;
            case "MEM":
                Assert.True(memory.TryWrite(Hex(words[1]), Convert.FromHexString(words[2])));
                break;
            case "CMD":
                var queue = gic.ReadRegister(ReferenceFrame.Its, 0, 0x80, 8) & 0xF_FFFF_FFFF_F000;
                for (var doubleword = 0; doubleword < 4; doubleword++)
                {
                    var address = queue + Hex(words[1]) + (8 * (ulong)doubleword);
                    Assert.True(memory.TryWrite(address, BitConverter.GetBytes(Hex(words[2 + doubleword]))));
                }

                break;
            case "MSI":
                var eventId = Hex(words[4]);
                var offset = 0x1_0000 + (uint)Hex(words[2]);
                gic.WriteRegister(ReferenceFrame.Its, 0, offset, Decimal(words[1]), eventId, (uint)Hex(words[3]));
                break;
            case "ACK":
                return ((ulong)Decimal(words[2]), gic.ReadSystemRegister(Decimal(words[1]), 0xC660));
            case "EOI":
                gic.WriteSystemRegister(Decimal(words[1]), 0xC661, (ulong)Decimal(words[2]));
                break;
            case "ICC":
                gic.WriteSystemRegister(Decimal(words[1]), SystemRegisters[words[2]], Hex(words[3]));
                break;
        }

        return (0, 0);
    }

    /// <summary>SGI_base, and what the distributor has for SPIs, are not part of the model.</summary>
    private static bool IsModelled(string[] words)
    {
        var offset = Hex(words[3]);
        return words[1] switch
        {
            "gits" => true,
            "gicd" => offset is 0x00 or 0x04 or 0x08 or >= 0xFFD0,
            _ => offset < 0x1_0000,
        };
    }

    private static (ReferenceFrame Frame, int Index) Block(string name) => name switch
    {
        "gits" => (ReferenceFrame.Its, 0),
        "gicd" => (ReferenceFrame.Distributor, 0),
        _ => (ReferenceFrame.Redistributor, Decimal(name["gicr".Length..])),
    };

    private static ulong Hex(string word) =>
        ulong.Parse(word.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static int Decimal(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static string[] Header(List<string> lines, string key) =>
        lines.Select(line => line.Split(' ')).First(words => words[0] == "H" && words[1] == key)[2..];

    private static List<string> Lines(string recording)
    {
        using var file = File.OpenRead(Path.Combine(Folder(), recording));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ItsService.sln")))
        {
            folder = folder.Parent!;
        }

        return Path.Combine(folder.FullName, "tests", "recordings");
    }
}
