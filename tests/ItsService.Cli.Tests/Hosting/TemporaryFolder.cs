namespace ItsService.Cli.Tests.Hosting;

/// <summary>A directory for the files of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("its-cli-files-");

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(PathOf(name), content);
        return PathOf(name);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
