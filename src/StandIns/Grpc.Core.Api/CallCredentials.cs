using Grpc.Core.Internal;

namespace Grpc.Core;

/// <summary>Credentials that go with a call.</summary>
public abstract class CallCredentials
{
    /// <summary>Joins two or more credentials, which are applied in order.</summary>
    public static CallCredentials Compose(params CallCredentials[] credentials) =>
        new CompositeCallCredentials(credentials);

    /// <summary>Credentials that a function adds to the headers.</summary>
    public static CallCredentials FromInterceptor(AsyncAuthInterceptor interceptor) =>
        new InterceptorCallCredentials(interceptor);

    /// <summary>Tells a configurator which kind of credentials these are. For implementations of gRPC only.</summary>
    public abstract void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state);
}
