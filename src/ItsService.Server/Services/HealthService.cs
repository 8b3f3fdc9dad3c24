using Grpc.Core;
using ItsService.Protocol.Health;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Services;

/// <summary>The standard health protocol: every service is as well as the whole.</summary>
internal sealed class HealthService(IHostApplicationLifetime lifetime) : Health.HealthBase
{
    private HealthCheckResponse.Types.ServingStatus Status => lifetime.ApplicationStopping.IsCancellationRequested
        ? HealthCheckResponse.Types.ServingStatus.NotServing
        : HealthCheckResponse.Types.ServingStatus.Serving;

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        if (!IsServed(request.Service))
        {
            var service = UntrustedText.Shown(request.Service);
            throw new RpcException(new Status(StatusCode.NotFound, $"no service '{service}' is served here"));
        }

        return Task.FromResult(new HealthCheckResponse { Status = Status });
    }

    /// <summary>Sends the status now and when it changes, which is when the service begins to stop.</summary>
    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context)
    {
        var first = IsServed(request.Service) ? Status : HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
        await responseStream.WriteAsync(new HealthCheckResponse { Status = first }, context.CancellationToken);

        await ServiceStop.WaitAsync(lifetime.ApplicationStopping, context.CancellationToken);
        if (first == HealthCheckResponse.Types.ServingStatus.Serving)
        {
            await responseStream.WriteAsync(new HealthCheckResponse { Status = Status }, context.CancellationToken);
        }

        throw ServiceStop.Unavailable();
    }

    private static bool IsServed(string service) =>
        service.Length == 0 || ServedServices.Names.Contains(service);
}
