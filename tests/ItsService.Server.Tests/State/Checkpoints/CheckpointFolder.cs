using ItsService.Server.Checkpoints;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>A state directory that outlives the servers which use it, one after another.</summary>
internal sealed class CheckpointFolder : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("its-state-");

    /// <summary>It is not there before a server makes it.</summary>
    public string Path => System.IO.Path.Combine(_parent.FullName, "state");

    /// <summary>What is in it but the lock.</summary>
    public IReadOnlyList<string> Files =>
    [
        .. Directory.GetFileSystemEntries(Path).Select(path => System.IO.Path.GetFileName(path))
            .Where(file => file != ".lock").Order(StringComparer.Ordinal),
    ];

    public Task<TestServer> StartServerAsync(Action<ItsServerOptions>? configure = null) =>
        TestServer.StartAsync(options =>
        {
            options.StateDirectory = Path;
            configure?.Invoke(options);
        });

    public string PathOf(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>The file of a checkpoint by its name.</summary>
    public string FileOf(string checkpoint)
    {
        Assert.True(CheckpointName.TryParse(checkpoint, out var name), checkpoint);
        return PathOf(name.FileName);
    }

    /// <summary>Changes one byte in the middle of a checkpoint's file.</summary>
    public void Damage(string checkpoint)
    {
        var bytes = File.ReadAllBytes(FileOf(checkpoint));
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(FileOf(checkpoint), bytes);
    }

    public void Dispose() => _parent.Delete(recursive: true);
}
