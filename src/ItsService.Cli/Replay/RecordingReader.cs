using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ItsService.Cli.Replay;

/// <summary>Reads a recording: gzip'd text, one event a line, the header first.</summary>
internal static class RecordingReader
{
    // A header of 10 bytes, 2 of an empty block, the checksum and the length.
    private const int GzipLengthMinimum = 20;
    private const int MessageLengthMax = 200;

    private static readonly byte[] GzipMagic = [0x1F, 0x8B];

    /// <exception cref="InputException">It cannot be read; the message says where and why.</exception>
    public static Recording ReadFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.CanSeek)
            {
                return Read(path, file);
            }

            using var copy = new MemoryStream();
            file.CopyTo(copy);
            copy.Position = 0;
            return Read(path, copy);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: there is no such file");
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            throw new InputException($"{path}: this is a directory");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: {failure.Message}");
        }
    }

    /// <exception cref="InputException">It cannot be read; the message says where and why.</exception>
    public static Recording Read(string name, Stream compressed)
    {
        RequireWholeGzip(name, compressed);
        using var inflated = new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true);
        using var text = new StreamReader(inflated, Encoding.UTF8);
        var header = new HeaderReader();
        LineReader? lineReader = null;
        RecordingHeader? complete = null;
        var lines = new List<RecordingLine>();
        var number = 0;
        try
        {
            while (NextLine(text, ref number) is { } line)
            {
                if (number == 1 && !line.StartsWith("H format ", StringComparison.Ordinal))
                {
                    throw new FormatException($"a recording begins with 'H format {HeaderReader.Format}'");
                }

                if (lineReader is null && line.StartsWith("H ", StringComparison.Ordinal))
                {
                    var fields = new LineFields(line.AsSpan(2));
                    header.Take(ref fields);
                    continue;
                }

                complete ??= header.Complete();
                lineReader ??= new LineReader(complete);
                if (line.Length > 0 && line[0] != '#' && lineReader.Read(number, line) is { } read)
                {
                    lines.Add(read);
                }
            }

            return number == 0
                ? throw new FormatException("the recording is empty")
                : new Recording(name, complete ?? header.Complete(), lines);
        }
        catch (FormatException problem)
        {
            throw new InputException($"{name}: line {number}: {Printable(problem.Message)}");
        }
    }

    /// <summary>The message quotes the line, which may be anything.</summary>
    private static string Printable(string message)
    {
        var shown = message.Length <= MessageLengthMax ? message : $"{message.AsSpan(0, MessageLengthMax)}...";
        return string.Concat(shown.Select(character => char.IsControl(character) ? '?' : character));
    }

    private static string? NextLine(StreamReader text, ref int number)
    {
        var line = text.ReadLine();
        if (line is not null)
        {
            number++;
        }

        return line;
    }

    /// <summary>
    /// The decompressor takes the end of a file that was cut off for the end of the data. So all of it is read once to
    /// compare its length with the one that gzip notes in its last four bytes; the decompressor checks the rest.
    /// </summary>
    private static void RequireWholeGzip(string name, Stream compressed)
    {
        Span<byte> start = stackalloc byte[GzipMagic.Length];
        var count = compressed.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (count < start.Length || !start.SequenceEqual(GzipMagic))
        {
            throw new InputException($"{name}: this is no recording: it is not gzip'd");
        }

        compressed.Seek(0, SeekOrigin.Begin);
        uint length;
        try
        {
            length = InflatedLength(compressed);
        }
        catch (InvalidDataException)
        {
            throw new InputException($"{name}: the gzip data is damaged");
        }

        Span<byte> noted = stackalloc byte[sizeof(uint)];
        compressed.Seek(-Math.Min(noted.Length, compressed.Length), SeekOrigin.End);
        count = compressed.ReadAtLeast(noted, noted.Length, throwOnEndOfStream: false);
        if (count < noted.Length || compressed.Length < GzipLengthMinimum
            || BinaryPrimitives.ReadUInt32LittleEndian(noted) != length)
        {
            throw new InputException($"{name}: the gzip data is cut off");
        }

        compressed.Seek(0, SeekOrigin.Begin);
    }

    /// <summary>As gzip notes it: modulo 2^32.</summary>
    private static uint InflatedLength(Stream compressed)
    {
        using var inflated = new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true);
        var buffer = new byte[1 << 16];
        uint length = 0;
        int count;
        while ((count = inflated.Read(buffer)) > 0)
        {
            length += (uint)count;
        }

        return length;
    }
}
