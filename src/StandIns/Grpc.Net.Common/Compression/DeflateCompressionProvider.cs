using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary>Compresses messages with what HTTP calls deflate: the zlib format (RFC 1950).</summary>
public sealed class DeflateCompressionProvider : ICompressionProvider
{
    private readonly CompressionLevel _defaultCompressionLevel;

    /// <summary>Creates a provider with the level for calls that name none.</summary>
    public DeflateCompressionProvider(CompressionLevel defaultCompressionLevel)
    {
        _defaultCompressionLevel = defaultCompressionLevel;
    }

    /// <summary>A stream that holds nothing: header, one empty final block, check sum of one.</summary>
    private static ReadOnlySpan<byte> EmptyStream => [0x78, 0x9c, 3, 0, 0, 0, 0, 1];

    /// <inheritdoc/>
    public string EncodingName => "deflate";

    /// <inheritdoc/>
    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel)
    {
        CompressionLevel level = compressionLevel ?? _defaultCompressionLevel;
        return new CompressionStream(
            stream,
            output => new ZLibStream(output, level, leaveOpen: true),
            EmptyStream.ToArray());
    }

    /// <inheritdoc/>
    public Stream CreateDecompressionStream(Stream stream) => new ZLibStream(stream, CompressionMode.Decompress);
}
