using ItsService.Benchmarks.Reporting;
using Microsoft.AspNetCore.Builder;

namespace ItsService.Benchmarks.Api;

/// <summary>
/// Messages over the API, through a Unix socket, beside calls of the same shapes that do nothing. Nobody takes what
/// they make pending, so that they coalesce. The service is as it is by default: its metrics can be read.
/// </summary>
internal static class ApiFigures
{
    private const string Keys = "api.";

    public static async IAsyncEnumerable<Figure> MeasureAsync(RunPlan plan)
    {
        if (!plan.Wants(Keys))
        {
            yield break;
        }

        await using var service = await InProcessService.StartAsync(
            application => application.MapGrpcService<BareService>(), InProcessService.MetricsOn);
        await using var guest = await ApiGuest.CreateAsync(service.Client);
        using var channel = ApiChannel.Open(service.SocketPath);
        var figures = new List<Figure>();
        if (plan.Wants("api.unary"))
        {
            figures.AddRange(await UnaryFigures.MeasureAsync(channel, guest, plan));
        }

        if (plan.Wants("api.stream"))
        {
            figures.AddRange(await StreamFigures.MeasureAsync(channel, guest, plan));
        }

        foreach (var figure in figures)
        {
            yield return figure;
        }
    }
}
