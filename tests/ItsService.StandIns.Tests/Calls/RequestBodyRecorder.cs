namespace ItsService.StandIns.Tests.Calls;

/// <summary>Keeps a copy of the body of the last request, as sent.</summary>
internal sealed class RequestBodyRecorder : DelegatingHandler
{
    public byte[] Body { get; private set; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken)
    {
        HttpContent sent = request.Content!;
        Body = await sent.ReadAsByteArrayAsync(cancellationToken);
        request.Content = new ByteArrayContent(Body);
        foreach ((string key, IEnumerable<string> values) in sent.Headers)
        {
            request.Content.Headers.TryAddWithoutValidation(key, values);
        }

        return await base.SendAsync(request, cancellationToken);
    }
}
