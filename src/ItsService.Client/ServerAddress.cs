using System.Net.Sockets;

namespace ItsService.Client;

/// <summary>Where a server listens: "http://127.0.0.1:7400" (plain HTTP/2) or "unix:/run/its.sock".</summary>
public sealed class ServerAddress
{
    private const string UnixPrefix = "unix:";

    private ServerAddress(string text, Uri uri, string? unixSocketPath)
    {
        Text = text;
        Uri = uri;
        UnixSocketPath = unixSocketPath;
    }

    /// <summary>The address of a service that was started with its defaults.</summary>
    public static ServerAddress LocalService { get; } = Parse("http://127.0.0.1:7400");

    /// <summary>As it was given.</summary>
    public string Text { get; }

    /// <summary>The socket's path, when it is one.</summary>
    public string? UnixSocketPath { get; }

    internal Uri Uri { get; }

    /// <summary>Takes "http://host:port", "https://host:port" or "unix:PATH".</summary>
    /// <exception cref="FormatException">It is none of these; the message says what is accepted.</exception>
    public static ServerAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            return ParseUnix(text);
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length > 0
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0)
        {
            return new ServerAddress(text, uri, unixSocketPath: null);
        }

        throw new FormatException($"'{text}' is no server address: http://HOST:PORT, https://HOST:PORT or unix:PATH");
    }

    /// <summary>The address as it was given.</summary>
    public override string ToString() => Text;

    private static ServerAddress ParseUnix(string text)
    {
        var path = text[UnixPrefix.Length..];
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            path = path[2..];
        }

        try
        {
            _ = new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            throw new FormatException($"'{text}' is no server address: a socket's path has 1 to 107 bytes");
        }

        return new ServerAddress(text, new Uri("http://localhost"), path);
    }
}
