namespace Grpc.Core;

/// <summary>A channel secured with TLS.</summary>
public sealed class SslCredentials : ChannelCredentials
{
    /// <summary>TLS with the default roots.</summary>
    public SslCredentials()
        : this(null)
    {
    }

    /// <summary>TLS with roots of one's own, in PEM; null means the default ones.</summary>
    public SslCredentials(string? rootCertificates)
        : this(rootCertificates, null)
    {
    }

    /// <summary>TLS with a client certificate.</summary>
    public SslCredentials(string? rootCertificates, KeyCertificatePair? keyCertificatePair)
        : this(rootCertificates, keyCertificatePair, null)
    {
    }

    /// <summary>TLS with a client certificate and a check of the server beyond the usual one.</summary>
    public SslCredentials(
        string? rootCertificates,
        KeyCertificatePair? keyCertificatePair,
        VerifyPeerCallback? verifyPeerCallback)
    {
        RootCertificates = rootCertificates;
        KeyCertificatePair = keyCertificatePair;
        VerifyPeerCallback = verifyPeerCallback;
    }

    /// <summary>The roots in PEM; null means the default ones.</summary>
    public string? RootCertificates { get; }

    /// <summary>The client's certificate and key.</summary>
    public KeyCertificatePair? KeyCertificatePair { get; }

    /// <summary>The further check of the server.</summary>
    public VerifyPeerCallback? VerifyPeerCallback { get; }

    internal override bool IsComposable => true;

    /// <inheritdoc/>
    public override void InternalPopulateConfiguration(
        ChannelCredentialsConfiguratorBase configurator,
        object? state) =>
        configurator.SetSslCredentials(state, RootCertificates, KeyCertificatePair, VerifyPeerCallback);
}
