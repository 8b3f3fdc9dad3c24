namespace ItsService.Server.Hosting;

/// <summary>How an address that Kestrel serves is shown to people and scripts.</summary>
internal static class ServedAddress
{
    private const string KestrelUnixPrefix = "http://unix:";

    /// <summary><c>http://127.0.0.1:7400</c>, or <c>unix:/run/its-service.sock</c>.</summary>
    public static string Display(string address) =>
        address.StartsWith(KestrelUnixPrefix, StringComparison.Ordinal)
            ? $"unix:{address[KestrelUnixPrefix.Length..]}"
            : address;
}
