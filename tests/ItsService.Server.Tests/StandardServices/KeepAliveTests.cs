using ItsService.Server.Tests.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ItsService.Server.Tests.StandardServices;

public class KeepAliveTests
{
    [Fact]
    public async Task Peer_that_does_not_answer_a_ping_is_given_up_within_a_minute()
    {
        await using var server = await TestServer.StartAsync();

        var http2 = server.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.Http2;

        Assert.InRange(
            http2.KeepAlivePingDelay + http2.KeepAlivePingTimeout, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
    }
}
