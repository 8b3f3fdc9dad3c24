using Grpc.Core;

namespace ItsService.Server.Errors;

/// <summary>
/// Gives the typed detail to the one refusal that the gRPC library makes itself: of a message over the limit, which is
/// refused before any service sees it.
/// </summary>
internal sealed class OversizedMessages(ItsServerLimits limits)
{
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";
    private static readonly string Exhausted = ((int)StatusCode.ResourceExhausted).ToString(provider: null);

    /// <summary>A step of the request pipeline.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);

        // Without a message, status and details travel in the headers.
        var headers = context.Response.Headers;
        if (!context.Response.HasStarted
            && headers[StatusHeader] == Exhausted
            && !headers.ContainsKey(Refusal.DetailsTrailer))
        {
            var problem = new Problem(V1.ErrorReason.LimitExceeded, "", "the message is too large")
            {
                Accepted = $"at most {limits.MessageBytesMax} bytes",
            };
            var message = Uri.UnescapeDataString(headers[MessageHeader].ToString());
            headers[Refusal.DetailsTrailer] = Convert.ToBase64String(
                Refusal.Details(StatusCode.ResourceExhausted, message, "", [problem], foundCount: 1));
        }
    }
}
