using Grpc.Core;

namespace ItsService.StandIns.Tests.Api;

public class CredentialsTests
{
    private static readonly AsyncAuthInterceptor NoCredentials = (_, _) => Task.CompletedTask;

    [Fact]
    public void Call_credentials_describe_themselves_to_a_configurator()
    {
        CallCredentials single = CallCredentials.FromInterceptor(NoCredentials);
        CallCredentials composite = CallCredentials.Compose(single, single);
        var configurator = new CallConfigurator();

        single.InternalPopulateConfiguration(configurator, "state");
        Assert.Same(NoCredentials, configurator.Interceptor);
        composite.InternalPopulateConfiguration(configurator, "state");
        Assert.Equal([single, single], configurator.Parts);
        Assert.Equal("state", configurator.State);
    }

    [Fact]
    public void Channel_credentials_describe_themselves_to_a_configurator()
    {
        var pair = new KeyCertificatePair("certificate", "key");
        var ssl = new SslCredentials("roots", pair, _ => true);
        CallCredentials call = CallCredentials.FromInterceptor(NoCredentials);
        var configurator = new ChannelConfigurator();

        ChannelCredentials.Insecure.InternalPopulateConfiguration(configurator, null);
        ssl.InternalPopulateConfiguration(configurator, null);
        ChannelCredentials.SecureSsl.InternalPopulateConfiguration(configurator, null);
        ChannelCredentials.Create(ssl, call).InternalPopulateConfiguration(configurator, null);

        Assert.Equal(["insecure", "ssl roots certificate", "ssl  ", "composite"], configurator.Log);
    }

    [Fact]
    public void Compositions_that_make_no_sense_are_refused()
    {
        CallCredentials call = CallCredentials.FromInterceptor(NoCredentials);

        Assert.Throws<ArgumentException>(() => CallCredentials.Compose(call));
        Assert.Throws<ArgumentNullException>(() => CallCredentials.FromInterceptor(null!));
        Assert.Throws<ArgumentException>(() => ChannelCredentials.Create(ChannelCredentials.Insecure, call));
        Assert.Throws<ArgumentNullException>(() => ChannelCredentials.Create(ChannelCredentials.SecureSsl, null!));
    }

    [Fact]
    public void Auth_context_finds_the_identity_of_the_peer()
    {
        AuthProperty name = AuthProperty.Create("name", "väl"u8.ToArray());
        var properties = new Dictionary<string, List<AuthProperty>> { ["name"] = [name] };

        var known = new AuthContext("name", properties);
        var unknown = new AuthContext(null, []);

        Assert.True(known.IsPeerAuthenticated);
        Assert.Equal([name], known.PeerIdentity);
        Assert.Equal([name], known.Properties);
        Assert.Equal("väl", name.Value);
        Assert.Empty(known.FindPropertiesByName("absent"));
        Assert.False(unknown.IsPeerAuthenticated);
        Assert.Empty(unknown.PeerIdentity);
    }

    private sealed class CallConfigurator : CallCredentialsConfiguratorBase
    {
        public object? State { get; private set; }

        public AsyncAuthInterceptor? Interceptor { get; private set; }

        public IReadOnlyList<CallCredentials> Parts { get; private set; } = [];

        public override void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor) =>
            Interceptor = interceptor;

        public override void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials) =>
            (State, Parts) = (state, credentials);
    }

    private sealed class ChannelConfigurator : ChannelCredentialsConfiguratorBase
    {
        public List<string> Log { get; } = [];

        public override void SetInsecureCredentials(object? state) => Log.Add("insecure");

        public override void SetSslCredentials(
            object? state,
            string? rootCertificates,
            KeyCertificatePair? keyCertificatePair,
            VerifyPeerCallback? verifyPeerCallback) =>
            Log.Add($"ssl {rootCertificates} {keyCertificatePair?.CertificateChain}");

        public override void SetCompositeCredentials(
            object? state,
            ChannelCredentials channelCredentials,
            CallCredentials callCredentials) => Log.Add("composite");
    }
}
