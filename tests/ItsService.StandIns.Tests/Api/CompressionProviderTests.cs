using System.IO.Compression;
using Grpc.Net.Compression;

namespace ItsService.StandIns.Tests.Api;

public class CompressionProviderTests
{
    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (string encoding in (string[])["gzip", "deflate"])
            {
                foreach (int size in (int[])[0, 1, 1000, 100_000])
                {
                    cases.Add(encoding, size);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Compressed_bytes_decompress_to_the_same_bytes(string encoding, int size)
    {
        ICompressionProvider provider = ProviderOf(encoding);
        Assert.Equal(encoding, provider.EncodingName);
        byte[] bytes = [.. Enumerable.Range(0, size).Select(index => (byte)(index * 7))];
        using var output = new MemoryStream();

        using (Stream compression = provider.CreateCompressionStream(output, null))
        {
            compression.Write([], 0, 0);
            compression.Write(bytes, 0, size);
            compression.Flush();
        }

        Assert.True(output.CanWrite, "the output was closed");
        Assert.Equal(bytes, Decompress(provider, output));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Asynchronously_compressed_bytes_decompress_to_the_same_bytes(string encoding, int size)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        ICompressionProvider provider = ProviderOf(encoding);
        byte[] bytes = [.. Enumerable.Range(0, size).Select(index => (byte)(index * 7))];
        using var output = new MemoryStream();

        await using (Stream compression = provider.CreateCompressionStream(output, CompressionLevel.Fastest))
        {
            await compression.WriteAsync(bytes, cancellation).AsTask().WithinLimit();
            await compression.FlushAsync(cancellation).WithinLimit();
        }

        Assert.Equal(bytes, Decompress(provider, output));
    }

    [Theory]
    [InlineData("gzip", 20)]
    [InlineData("deflate", 8)]
    public void Nothing_written_gives_the_encoding_of_nothing_once(string encoding, int sizeBytes)
    {
        using var output = new MemoryStream();

        Stream compression = ProviderOf(encoding).CreateCompressionStream(output, null);
        compression.Dispose();
        compression.Dispose();

        Assert.Equal(sizeBytes, output.Length);
        Assert.Throws<ObjectDisposedException>(() => compression.WriteByte(0));
    }

    private static ICompressionProvider ProviderOf(string encoding) => encoding == "gzip"
        ? new GzipCompressionProvider(CompressionLevel.Optimal)
        : new DeflateCompressionProvider(CompressionLevel.Optimal);

    private static byte[] Decompress(ICompressionProvider provider, MemoryStream compressed)
    {
        compressed.Position = 0;
        using Stream decompression = provider.CreateDecompressionStream(compressed);
        using var result = new MemoryStream();
        decompression.CopyTo(result);
        return result.ToArray();
    }
}
