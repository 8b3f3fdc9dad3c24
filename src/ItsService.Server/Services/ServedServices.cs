using ItsService.Protocol.Health;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace ItsService.Server.Services;

/// <summary>The gRPC services that are served, and what they are made from.</summary>
internal static class ServedServices
{
    /// <summary>Every service served, as reflection and health know them.</summary>
    public static IReadOnlyList<ServiceDescriptor> Descriptors { get; } =
    [
        Health.Descriptor,
    ];

    /// <summary>Registers what the services need.</summary>
    public static void Register(IServiceCollection services, ItsServerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Limits);
        services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = options.Limits.MessageBytesMax);
    }

    /// <summary>Gives each service its place.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<HealthService>();
    }
}
