using Grpc.Core;
using ItsService.Protocol.Health;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Operations;

namespace ItsService.Server.Services;

/// <summary>
/// The standard health protocol: every service is as well as the whole. "readiness" is another name for the whole, and
/// "liveness" is well as long as it answers.
/// </summary>
internal sealed class HealthService(ServiceHealth health) : Health.HealthBase
{
    private const string Liveness = "liveness";
    private const string Readiness = "readiness";

    private HealthCheckResponse.Types.ServingStatus StatusOf(string service) =>
        service == Liveness || health.IsReady
            ? HealthCheckResponse.Types.ServingStatus.Serving
            : HealthCheckResponse.Types.ServingStatus.NotServing;

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        if (!IsServed(request.Service))
        {
            var service = UntrustedText.Shown(request.Service);
            throw new RpcException(new Status(StatusCode.NotFound, $"no service '{service}' is served here"));
        }

        return Task.FromResult(new HealthCheckResponse { Status = StatusOf(request.Service) });
    }

    /// <summary>Sends the status now and when it changes, which is when the service begins to stop.</summary>
    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context)
    {
        var first = IsServed(request.Service)
            ? StatusOf(request.Service)
            : HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
        await responseStream.WriteAsync(new HealthCheckResponse { Status = first }, context.CancellationToken);
        if (first == HealthCheckResponse.Types.ServingStatus.NotServing)
        {
            // Addresses are served a moment before the service has started.
            using var next = CancellationTokenSource.CreateLinkedTokenSource(health.Started, health.Stopping);
            await ServiceStop.WaitAsync(next.Token, context.CancellationToken);
            if (health.IsReady)
            {
                first = StatusOf(request.Service);
                await responseStream.WriteAsync(
                    new HealthCheckResponse { Status = first }, context.CancellationToken);
            }
        }

        await ServiceStop.WaitAsync(health.Stopping, context.CancellationToken);
        if (first == HealthCheckResponse.Types.ServingStatus.Serving && StatusOf(request.Service) is var last
            && last != first)
        {
            await responseStream.WriteAsync(new HealthCheckResponse { Status = last }, context.CancellationToken);
        }

        throw ServiceStop.Unavailable();
    }

    private static bool IsServed(string service) =>
        service.Length == 0 || service is Liveness or Readiness || ServedServices.Names.Contains(service);
}
