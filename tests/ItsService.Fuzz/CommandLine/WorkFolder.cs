using ItsService.Fuzz.Engine;

namespace ItsService.Fuzz.CommandLine;

/// <summary>
/// Where a run keeps the input that it tries: a folder that was asked for, or one of its own among temporary files,
/// which goes when nothing is left in it.
/// </summary>
internal sealed class WorkFolder(string? asked) : IDisposable
{
    private readonly string _path = asked ?? Directory.CreateTempSubdirectory("its-fuzz-").FullName;

    /// <summary>The file for the inputs of a target.</summary>
    public CurrentInputFile Begin(string targetName) => new(_path, targetName);

    /// <summary>What an input that did not end has left stays.</summary>
    public void Dispose()
    {
        if (asked is null && !Directory.EnumerateFileSystemEntries(_path).Any())
        {
            Directory.Delete(_path);
        }
    }
}
