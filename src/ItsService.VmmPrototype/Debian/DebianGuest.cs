using System.Text;
using ItsService.VmmPrototype.Boot;

namespace ItsService.VmmPrototype.Debian;

/// <summary>
/// Debian's kernel for arm64 clouds, as it is, and an initramfs of busybox and a script of ours. The kernel has what
/// it needs of this machine built in.
/// </summary>
public sealed class DebianGuest
{
    private readonly byte[] _busybox;

    private DebianGuest(KernelImage kernel, byte[] busybox)
    {
        Kernel = kernel;
        _busybox = busybox;
    }

    /// <summary>The kernel.</summary>
    public KernelImage Kernel { get; }

    /// <summary>What a guest may do once it is up.</summary>
    public static IReadOnlyList<string> Scenarios { get; } = ["io", "hotplug", "affinity", "rebind", "shell"];

    /// <summary>Takes both from the cache, or fetches them with apt first.</summary>
    /// <param name="say">Is told what takes time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GuestImageException">They are not there and cannot be fetched.</exception>
    public static async Task<DebianGuest> GetAsync(Action<string> say, CancellationToken cancellationToken)
    {
        var files = await DebianPackages.GetAsync(say, cancellationToken);
        return new DebianGuest(
            KernelImage.ReadFile(files.Kernel), await File.ReadAllBytesAsync(files.Busybox, cancellationToken));
    }

    /// <summary>The initramfs whose script does what the scenario says.</summary>
    public byte[] InitramfsFor(string scenario) => new Initramfs()
        .Directory("bin").Directory("dev").Directory("proc").Directory("sys").Directory("tmp")
        .CharacterDevice("dev/console", 5, 1).CharacterDevice("dev/null", 1, 3)
        .Program("bin/busybox", _busybox)
        .Program("init", Script(scenario))
        .ToBytes();

    private static byte[] Script(string scenario) => Encoding.UTF8.GetBytes(
        "#!/bin/busybox sh\n/bin/busybox mkdir -p /proc\n" + Resource("lib.sh") + Resource($"{scenario}.sh"));

    private static string Resource(string name)
    {
        using var stream = typeof(DebianGuest).Assembly.GetManifestResourceStream(name)
            ?? throw new ArgumentException($"there is no script {name}", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
