using System.Globalization;
using System.Net;

namespace ItsService.Server.Hosting;

/// <summary>The TCP address of a setting's text.</summary>
internal static class ListenAddress
{
    /// <summary>What the text may be.</summary>
    public const string Accepted = "address:port, such as 127.0.0.1:7400 or [::1]:0, or \"none\"";

    /// <summary>False when the text is no address. A port must be given: 0 asks for a free one.</summary>
    public static bool TryParse(string text, out IPEndPoint? endpoint)
    {
        endpoint = null;
        if (text == ItsServerOptions.Off)
        {
            return true;
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || ParseHost(text[..colon]) is not { } address)
        {
            return false;
        }

        endpoint = new IPEndPoint(address, port);
        return true;
    }

    private static IPAddress? ParseHost(string host)
    {
        if (host == "localhost")
        {
            return IPAddress.Loopback;
        }

        // Without brackets an IPv6 address and its port cannot be told apart; "7400" alone would be 0.0.28.232.
        var isBracketed = host is ['[', .., ']'];
        if (host.Contains(':', StringComparison.Ordinal) != isBracketed
            || !(isBracketed || host.AsSpan().Count('.') == 3))
        {
            return null;
        }

        return IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var address) ? address : null;
    }
}
