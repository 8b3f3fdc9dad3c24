using ItsService.Server.Machines;
using ItsService.Server.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Gates;

/// <summary>The inside of a server, for what no call can do.</summary>
internal static class ServerInside
{
    /// <summary>One VM: a test stays inside its gate, or fails there.</summary>
    public static VmHost Host(this TestServer server, string vm) =>
        server.Services.GetRequiredService<VmRegistry>().Find(vm, "");
}
