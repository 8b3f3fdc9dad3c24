using Grpc.Core.Internal;

namespace Grpc.Core.Interceptors;

/// <summary>Puts interceptors before the handlers of a service. The one added last takes control first.</summary>
public static class ServerServiceDefinitionExtensions
{
    /// <summary>A definition whose handlers run inside an interceptor.</summary>
    public static ServerServiceDefinition Intercept(
        this ServerServiceDefinition serverServiceDefinition,
        Interceptor interceptor)
    {
        ArgumentNullException.ThrowIfNull(serverServiceDefinition);
        ArgumentNullException.ThrowIfNull(interceptor);
        return new ServerServiceDefinition(
            [binder => serverServiceDefinition.BindService(new InterceptingServiceBinder(binder, interceptor))]);
    }

    /// <summary>A definition whose handlers run inside interceptors, which take control in the order given.</summary>
    public static ServerServiceDefinition Intercept(
        this ServerServiceDefinition serverServiceDefinition,
        params Interceptor[] interceptors)
    {
        ArgumentNullException.ThrowIfNull(serverServiceDefinition);
        ArgumentNullException.ThrowIfNull(interceptors);
        return interceptors.Reverse().Aggregate(serverServiceDefinition, Intercept);
    }
}
