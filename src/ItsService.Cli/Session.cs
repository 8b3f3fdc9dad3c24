using System.CommandLine;
using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.Server;
using Spectre.Console;

namespace ItsService.Cli;

/// <summary>What a verb works with: a client of the chosen service, and where to write.</summary>
internal sealed class Session : IAsyncDisposable
{
    /// <summary>
    /// Long enough for a busy service; short enough that a call to a Paused VM does not look like a hang.
    /// </summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly EmbeddedServer? _embedded;

    private Session(ItsClient client, EmbeddedServer? embedded, ParseResult arguments)
    {
        Client = client;
        _embedded = embedded;
        Arguments = arguments;
        PrintsJson = arguments.GetValue(GlobalOptions.Json);
        Output = arguments.InvocationConfiguration.Output;
        Error = arguments.InvocationConfiguration.Error;
        Terminal = Terminals.For(Output);
    }

    public ItsClient Client { get; }

    public ParseResult Arguments { get; }

    public bool PrintsJson { get; }

    /// <summary>Results, for a program or a file.</summary>
    public TextWriter Output { get; }

    /// <summary>Problems, one line each.</summary>
    public TextWriter Error { get; }

    /// <summary>Results with tables, trees and, on a terminal, colour.</summary>
    public IAnsiConsole Terminal { get; }

    public static async Task<Session> OpenAsync(
        ParseResult arguments, bool isOffline, CancellationToken cancellationToken)
    {
        var isEmbedded = arguments.GetValue(GlobalOptions.Embedded);
        if ((isEmbedded || isOffline) && arguments.GetResult(GlobalOptions.Server) is { Implicit: false })
        {
            throw new UsageException($"--server and {(isOffline ? "--offline" : "--embedded")} exclude one another");
        }

        var embedded = isOffline ? await EmbeddedServer.StartAsync(TakeAnyImage, cancellationToken)
            : isEmbedded ? await EmbeddedServer.StartAsync(configure: null, cancellationToken)
            : null;
        var server = embedded?.Address ?? arguments.GetRequiredValue(GlobalOptions.Server);
        var client = ItsClient.Connect(server, new ItsClientOptions { CallTimeout = CallTimeout });
        return new Session(client, embedded, arguments);
    }

    /// <summary>The VM that was named, or the server's only one.</summary>
    public async Task<VmHandle> VmOrOnlyOneAsync(string? name, CancellationToken cancellationToken)
    {
        if (name is not null)
        {
            return Client.Vm(name);
        }

        var vms = new List<Vm>();
        await foreach (var vm in Client.ListVmsAsync(cancellationToken))
        {
            vms.Add(vm);
        }

        return vms.Count switch
        {
            0 => throw new InputException("the service has no VM; `itsctl vm create` makes one"),
            1 => Client.Vm(vms[0].Name),
            _ => throw new UsageException(
                $"the service has {vms.Count} VMs, say which with --vm: "
                + string.Join(", ", vms.Take(5).Select(vm => vm.Name)) + (vms.Count > 5 ? ", ..." : "")),
        };
    }

    // Whoever has the image has the memory for what is not zero in it.
    private static void TakeAnyImage(ItsServerOptions options)
    {
        options.Limits.HostedMemoryBytesPerVmMax = 1L << 40;
        options.Limits.HostedMemoryBytesMax = 1L << 40;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }
    }
}
