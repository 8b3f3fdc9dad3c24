using System.Net.Sockets;

namespace ItsService.Server.Hosting;

/// <summary>The Unix socket in the file system. Closing the socket removes the file.</summary>
internal static class UnixSocketFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Binds a socket that only this user can connect to. A file that a killed service left behind is replaced; one on
    /// which somebody listens, or that is no socket, is not touched.
    /// </summary>
    public static Socket Bind(UnixDomainSocketEndPoint endpoint, string path)
    {
        if (Path.Exists(path))
        {
            RemoveStale(endpoint, path);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endpoint);

            // Nobody can connect in between: the socket does not listen yet.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, OwnerOnly);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void RemoveStale(UnixDomainSocketEndPoint endpoint, string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endpoint);
        }
        catch (SocketException refusal) when (refusal.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if (UnixFileType.IsSocket(path))
            {
                File.Delete(path);
                return;
            }

            throw new AddressNotServableException(
                $"{path} exists and is not a socket; choose another with --unix-socket", refusal);
        }

        throw new AddressNotServableException(
            $"{path} is in use by another process; choose another with --unix-socket");
    }
}
