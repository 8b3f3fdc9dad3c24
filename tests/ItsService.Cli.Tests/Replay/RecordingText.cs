using System.IO.Compression;
using System.Text;

namespace ItsService.Cli.Tests.Replay;

/// <summary>Small recordings, made in memory.</summary>
internal static class RecordingText
{
    public const string Header =
        """
        H format its-trace 1
        H note a machine of two
        H cpus 2
        H ram 0x40000000 1048576
        H gits 0x8080000
        H gicr 0x80a0000 stride 0x20000
        H gicd 0x8000000
        """;

    /// <summary>The header is line 1 to this one.</summary>
    public const int HeaderLines = 7;

    public static MemoryStream Gzip(string text)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        compressed.Position = 0;
        return compressed;
    }

    public static MemoryStream WithHeader(params string[] lines) =>
        Gzip(string.Join('\n', lines.Prepend(Header)) + "\n");
}
