using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>Something that listens and is no ItsService: it says one thing on every connection and closes it.</summary>
internal sealed class OtherService : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly byte[] _words;
    private readonly Task _serving;

    public OtherService(string words)
    {
        _words = Encoding.ASCII.GetBytes(words);
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving.WithinLimit();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                await SpeakAsync(socket);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task SpeakAsync(Socket socket)
    {
        try
        {
            await socket.SendAsync(_words, _stopping.Token);
            socket.Shutdown(SocketShutdown.Send);
            // Until the other side closes as well: bytes that nobody read would reset the connection.
            var heard = new byte[4096];
            while (await socket.ReceiveAsync(heard, _stopping.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The other side had enough.
        }
    }
}
