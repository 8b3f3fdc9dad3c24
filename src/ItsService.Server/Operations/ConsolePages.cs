using ItsService.Server.Hosting;
using ItsService.Server.Telemetry.Scraping;

namespace ItsService.Server.Operations;

/// <summary>What the console serves: metrics, and whether the service lives and is ready.</summary>
internal sealed class ConsolePages(MetricsScrape metrics, ServiceHealth health)
{
    private static readonly string Contents =
        $"""
        its-service {ServiceVersion.Text}

        /metrics       OpenMetrics, or Prometheus's text format
        /health/live   200 while the process answers
        /health/ready  200 while it takes calls, 503 while it starts or stops

        """;

    /// <summary>Answers what came over the console, and nothing else.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!ConsolePort.IsOrigin(context))
        {
            return next(context);
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "the console is read only\n");
        }

        return context.Request.Path.Value switch
        {
            "/" => AnswerAsync(context, StatusCodes.Status200OK, Contents),
            "/metrics" => metrics.WriteAsync(context),
            "/health/live" => AnswerAsync(context, StatusCodes.Status200OK, "live\n"),
            "/health/ready" => AnswerAsync(
                context,
                health.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
                $"{health.Readiness}\n"),
            _ => AnswerAsync(
                context, StatusCodes.Status404NotFound, "there are /metrics, /health/live and /health/ready\n"),
        };
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
