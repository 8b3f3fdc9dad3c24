using ItsService.Protocol.Health;
using ItsService.Server.Machines;

namespace ItsService.Server.Services;

/// <summary>The gRPC services that are served, and what they are made from.</summary>
internal static class ServedServices
{
    /// <summary>The full names, as reflection and health know them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        V1.VirtualMachines.Descriptor.FullName,
        V1.Registers.Descriptor.FullName,
        V1.Interrupts.Descriptor.FullName,
        V1.GuestMemory.Descriptor.FullName,
        Health.Descriptor.FullName,
    ];

    /// <summary>Registers what the services need.</summary>
    public static void Register(IServiceCollection services, ItsServerOptions options)
    {
        services.AddSingleton(options.Limits);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<VmSurroundings>();
        services.AddSingleton<VmRegistry>();
        services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = options.Limits.MessageBytesMax);
    }

    /// <summary>Gives each service its place.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<VirtualMachinesService>();
        endpoints.MapGrpcService<RegistersService>();
        endpoints.MapGrpcService<InterruptsService>();
        endpoints.MapGrpcService<GuestMemoryService>();
        endpoints.MapGrpcService<HealthService>();
    }
}
