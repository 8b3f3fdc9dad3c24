using ItsService.Client;
using ItsService.Server;
using ItsService.Server.Hosting;
using Microsoft.AspNetCore.Builder;

namespace ItsService.Cli;

/// <summary>
/// A service inside this process, for `--embedded`: on a free port of the loopback address, and quiet.
/// </summary>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    private const string LogLevelVariable = "Logging__LogLevel__Default";

    private readonly WebApplication _application;
    private readonly DirectoryInfo _sharedMemory;

    private EmbeddedServer(WebApplication application, DirectoryInfo sharedMemory)
    {
        _application = application;
        _sharedMemory = sharedMemory;
        Address = ServerAddress.Parse(application.Urls.Single());
    }

    public ServerAddress Address { get; }

    /// <param name="configure">What is to be set besides.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<EmbeddedServer> StartAsync(
        Action<ItsServerOptions>? configure, CancellationToken cancellationToken)
    {
        // Standard error belongs to the verb; who wants the service's log asks for it with the same variable.
        if (Environment.GetEnvironmentVariable(LogLevelVariable) is null)
        {
            Environment.SetEnvironmentVariable(LogLevelVariable, "Warning");
        }

        var sharedMemory = MakeSharedMemoryDirectory();
        try
        {
            var application = ItsServerApplication.Build([], options =>
            {
                options.Listen = "127.0.0.1:0";
                options.UnixSocketPath = ItsServerOptions.Off;
                options.ConsoleListen = ItsServerOptions.Off;
                // It lives for one command. The user's checkpoints belong to the service that is there to stay.
                options.StateDirectory = ItsServerOptions.Off;
                options.SharedMemoryDirectory = sharedMemory.FullName;
                configure?.Invoke(options);
            });
            await application.StartAsync(cancellationToken);
            return new EmbeddedServer(application, sharedMemory);
        }
        catch (Exception problem) when (problem is InvalidSettingsException or AddressNotServableException)
        {
            sharedMemory.Delete();
            throw new InputException($"the embedded service does not start: {problem.Message}");
        }
        catch
        {
            sharedMemory.Delete();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        _sharedMemory.Delete(recursive: true);
    }

    // In memory, where there is such a place: it is a guest's RAM.
    private static DirectoryInfo MakeSharedMemoryDirectory()
    {
        const string InMemory = "/dev/shm";
        return !OperatingSystem.IsWindows() && Directory.Exists(InMemory)
            ? Directory.CreateDirectory(
                Path.Combine(InMemory, $"itsctl-{Guid.NewGuid():N}"),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
            : Directory.CreateTempSubdirectory("itsctl-");
    }
}
