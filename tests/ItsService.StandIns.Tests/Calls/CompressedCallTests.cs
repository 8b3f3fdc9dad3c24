using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;
using ItsService.StandIns.Tests.Protos;

namespace ItsService.StandIns.Tests.Calls;

/// <summary>Compressed messages, as the other side and as a stranger to .NET would see them.</summary>
public class CompressedCallTests
{
    private const int EmptyGzipMemberSizeBytes = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Transport.Tcp, "gzip")]
    [InlineData(Transport.UnixSocket, "gzip")]
    [InlineData(Transport.Tcp, "deflate")]
    [InlineData(Transport.UnixSocket, "deflate")]
    public async Task Compressed_messages_arrive_unchanged_both_ways(Transport transport, string encoding)
    {
        await using EchoServer server = await EchoServer.StartAsync(
            transport,
            options => options.ResponseCompressionAlgorithm = encoding);
        using var recorder = new RequestBodyRecorder();
        using GrpcChannel channel = server.Connect(recorder);
        string text = new('x', 10_000);

        Message response = await SayCompressedAsync(channel, text, encoding);

        Assert.Equal(text, response.Text);
        GrpcFrame frame = GrpcFrame.ParseOnly(recorder.Body);
        Assert.True(frame.IsCompressed);
        Assert.InRange(frame.Payload.Length, 1, text.Length / 10);
    }

    [Theory]
    [InlineData(Transport.Tcp, "gzip")]
    [InlineData(Transport.UnixSocket, "gzip")]
    [InlineData(Transport.Tcp, "deflate")]
    public async Task Empty_compressed_messages_arrive_unchanged_both_ways(Transport transport, string encoding)
    {
        await using EchoServer server = await EchoServer.StartAsync(
            transport,
            options => options.ResponseCompressionAlgorithm = encoding);

        Message response = await SayCompressedAsync(server.Channel, string.Empty, encoding);

        Assert.Equal(string.Empty, response.Text);
    }

    [Fact]
    public async Task Empty_request_compressed_by_the_client_is_a_gzip_member_on_the_wire()
    {
        await using EchoServer server = await EchoServer.StartAsync(Transport.Tcp);
        using var recorder = new RequestBodyRecorder();
        using GrpcChannel channel = server.Connect(recorder);

        await SayCompressedAsync(channel, string.Empty, "gzip");

        AssertIsEmptyGzipMember(GrpcFrame.ParseOnly(recorder.Body));
    }

    [Fact]
    public async Task Empty_response_compressed_by_the_server_is_a_gzip_member_on_the_wire()
    {
        await using EchoServer server = await EchoServer.StartAsync(
            Transport.Tcp,
            options => options.ResponseCompressionAlgorithm = "gzip");
        using var client = new HttpClient(server.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "/standins.test.Echo/Say"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Headers.Add("grpc-accept-encoding", "identity,gzip");

        using HttpResponseMessage response = await client.SendAsync(request, Cancellation).WithinLimit();

        Assert.Equal("gzip", Assert.Single(response.Headers.GetValues("grpc-encoding")));
        byte[] body = await response.Content.ReadAsByteArrayAsync(Cancellation).WithinLimit();
        AssertIsEmptyGzipMember(GrpcFrame.ParseOnly(body));
    }

    private static async Task<Message> SayCompressedAsync(GrpcChannel channel, string text, string encoding)
    {
        // The client takes this header as an instruction and sends grpc-encoding instead.
        var headers = new Metadata { { "grpc-internal-encoding-request", encoding } };
        using AsyncUnaryCall<Message> call =
            new Echo.EchoClient(channel)
                .SayAsync(new Message { Text = text }, headers, cancellationToken: Cancellation);
        return await call.ResponseAsync.WithinLimit();
    }

    private static void AssertIsEmptyGzipMember(GrpcFrame frame)
    {
        Assert.True(frame.IsCompressed);
        Assert.Equal(EmptyGzipMemberSizeBytes, frame.Payload.Length);
        Assert.Equal([0x1f, 0x8b, 8], frame.Payload[..3]);
        // The check sum and the length of no bytes at all.
        Assert.Equal(new byte[8], frame.Payload[^8..]);

        using var gzip = new GZipStream(new MemoryStream(frame.Payload), CompressionMode.Decompress);
        Assert.Equal(-1, gzip.ReadByte());
    }
}
