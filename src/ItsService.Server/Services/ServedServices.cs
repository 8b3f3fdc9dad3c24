using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using ItsService.Protocol.Health;
using ItsService.Protocol.Reflection;
using ItsService.Protocol.Rpc;
using ItsService.Server.Checkpoints;
using ItsService.Server.Inspection;
using ItsService.Server.Inspection.Activity;
using ItsService.Server.Machines;
using ItsService.Server.Memory.Shared;
using ItsService.Server.Operations;
using ItsService.Server.Reflection;
using ItsService.Server.State;
using ItsService.Server.Telemetry.Traces;

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
        V1.Commands.Descriptor.FullName,
        V1.GuestMemory.Descriptor.FullName,
        V1.Inspect.Descriptor.FullName,
        V1.DeviceAttributes.Descriptor.FullName,
        V1.State.Descriptor.FullName,
        V1.Vmm.Descriptor.FullName,
        Health.Descriptor.FullName,
        ServerReflection.Descriptor.FullName,
    ];

    // The last four are what refusals carry, and what saved states and checkpoints are; no service imports them.
    private static IEnumerable<FileDescriptor> Files =>
    [
        V1.VirtualMachines.Descriptor.File,
        V1.Registers.Descriptor.File,
        V1.Interrupts.Descriptor.File,
        V1.Commands.Descriptor.File,
        V1.GuestMemory.Descriptor.File,
        V1.Inspect.Descriptor.File,
        V1.DeviceAttributes.Descriptor.File,
        V1.State.Descriptor.File,
        V1.Vmm.Descriptor.File,
        Health.Descriptor.File,
        ServerReflection.Descriptor.File,
        V1.ErrorDetail.Descriptor.File,
        Status.Descriptor.File,
        V1.SavedState.Descriptor.File,
        V1.SavedCheckpoint.Descriptor.File,
    ];

    /// <summary>Registers what the services need.</summary>
    public static void Register(IServiceCollection services, ItsServerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Limits);
        services.AddSingleton(options.Time);
        services.AddSingleton(
            new SharedMemoryDirectory(options.SharedMemoryDirectory, options.Limits.SharedRegionsMax));
        services.AddSingleton<VmSurroundings>();
        services.AddSingleton<VmRegistry>();
        services.AddSingleton<DumpTurns>();
        services.AddSingleton<ActivityTurns>();
        services.AddSingleton<StateTurns>();
        services.AddSingleton(provider => new StateDirectory(
            options.StateDirectory,
            provider.GetRequiredService<CheckpointTroubles>(),
            provider.GetRequiredService<ILogger<StateDirectory>>()));
        services.AddSingleton<CheckpointTroubles>();
        services.AddSingleton<ServiceHealth>();
        services.AddSingleton(provider => new OpenCalls(
            provider.GetRequiredService<IHostApplicationLifetime>(), TimeProvider.System));
        services.AddHostedService(provider => provider.GetRequiredService<OpenCalls>());
        services.AddSingleton<ConsolePages>();
        services.AddSingleton<CheckpointStore>();
        services.AddSingleton<CheckpointCalls>();
        services.AddSingleton(new DescriptorIndex(Files));
        services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = options.Limits.MessageBytesMax)
            .AddServiceOptions<VirtualMachinesService>(TraceCalls)
            .AddServiceOptions<CommandsService>(TraceCalls)
            .AddServiceOptions<InspectService>(TraceCalls)
            .AddServiceOptions<DeviceAttributesService>(TraceCalls)
            .AddServiceOptions<StateService>(TraceCalls);
    }

    // Guest accesses, guest memory and messages are too many for that; their streams begin their spans themselves.
    private static void TraceCalls<TService>(GrpcServiceOptions<TService> service)
        where TService : class => service.Interceptors.Add<CallSpans>();

    /// <summary>Gives each service its place.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<VirtualMachinesService>();
        endpoints.MapGrpcService<RegistersService>();
        endpoints.MapGrpcService<InterruptsService>();
        endpoints.MapGrpcService<CommandsService>();
        endpoints.MapGrpcService<GuestMemoryService>();
        endpoints.MapGrpcService<InspectService>();
        endpoints.MapGrpcService<DeviceAttributesService>();
        endpoints.MapGrpcService<StateService>();
        endpoints.MapGrpcService<VmmService>();
        endpoints.MapGrpcService<HealthService>();
        endpoints.MapGrpcService<ReflectionService>();
    }
}
