using System.Text;

namespace ItsService.Server.Telemetry.Scraping;

/// <summary>
/// Answers /metrics. Scrapes come one after another: a collection is the SDK's, of which there is one.
/// </summary>
internal sealed class MetricsScrape(ScrapeExporter exporter) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public async Task WriteAsync(HttpContext context)
    {
        var format = ScrapeFormats.Choose(context.Request.Headers.Accept);
        var text = await ReadAsync(format, context.RequestAborted);
        if (text is null)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync("metrics cannot be collected now\n", context.RequestAborted);
            return;
        }

        context.Response.ContentType = ScrapeFormats.ContentType(format);
        await context.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
    }

    public void Dispose() => _turn.Dispose();

    private async Task<string?> ReadAsync(ScrapeFormat format, CancellationToken call)
    {
        await _turn.WaitAsync(call);
        try
        {
            return exporter.Read(format);
        }
        finally
        {
            _turn.Release();
        }
    }
}
