using ItsService.Server.Hosting;

namespace ItsService.Server;

/// <summary>
/// The service's settings: configuration section <c>Its</c>, so <c>ITS__LISTEN</c> and <c>ITS__LIMITS__VMSMAX</c> in
/// the environment; the first five have command line options as well, which win.
/// </summary>
public sealed class ItsServerOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "Its";

    /// <summary>The value that turns an address off.</summary>
    public const string Off = "none";

    /// <summary>
    /// The TCP address for gRPC over HTTP/2 without TLS, as <c>address:port</c>. Port 0 takes a free one.
    /// </summary>
    public string Listen { get; set; } = "127.0.0.1:7400";

    /// <summary>
    /// The Unix socket, made with mode 0600. By default <c>$XDG_RUNTIME_DIR/its-service.sock</c>, or
    /// <c>/tmp/its-service-&lt;uid&gt;.sock</c> when that is no directory.
    /// </summary>
    public string UnixSocketPath { get; set; } = SocketPaths.Default();

    /// <summary>
    /// The TCP address of the console, over HTTP/1.1: metrics and health. It knows no users and should stay on the
    /// loopback address. "none" serves none. Port 0 takes a free one.
    /// </summary>
    public string ConsoleListen { get; set; } = "127.0.0.1:7401";

    /// <summary>
    /// The directory with the checkpoints, made with mode 0700 when it is first used; "none" keeps no checkpoints. By
    /// default <c>$XDG_STATE_HOME/its-service</c>, else <c>$HOME/.local/state/its-service</c>.
    /// </summary>
    public string StateDirectory { get; set; } = StatePaths.Default();

    /// <summary>
    /// The directory in which VMMs make files for shared memory, which only they and the service should be able to
    /// write; "none" shares no memory.
    /// </summary>
    public string SharedMemoryDirectory { get; set; } = Off;

    /// <summary>
    /// Whether each VM has metrics of its own, by the attribute <c>its.vm.name</c>: for few VMs, since each has some
    /// hundred series.
    /// </summary>
    public bool MetricsPerVm { get; set; }

    /// <summary>How long calls in flight may take when the service is told to stop.</summary>
    public int DrainSeconds { get; set; } = 5;

    /// <summary>The clock. A test has one that stands still.</summary>
    internal TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What clients may ask for.</summary>
    public ItsServerLimits Limits { get; set; } = new();
}
