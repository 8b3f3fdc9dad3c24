using Microsoft.Win32.SafeHandles;

namespace ItsService.Fuzz.Engine;

/// <summary>
/// A file that holds the input that is being tried. An input that ends the process, by a stack that overflows or for
/// want of memory, cannot be told by it any more: the file still has it.
/// </summary>
internal sealed class CurrentInputFile : IDisposable
{
    private readonly SafeFileHandle _file;

    /// <param name="folder">Where it is; it is made if it is not there.</param>
    /// <param name="targetName">What it is named after.</param>
    public CurrentInputFile(string folder, string targetName)
    {
        Directory.CreateDirectory(folder);
        Path = PathIn(folder, targetName);
        _file = File.OpenHandle(Path, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete);
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Where the file of a target is in a folder.</summary>
    public static string PathIn(string folder, string targetName) =>
        System.IO.Path.Combine(folder, $"{targetName}.current.bin");

    /// <summary>Holds this input from now on. It need not reach the disk: the file outlives the process.</summary>
    public void Write(ReadOnlySpan<byte> input)
    {
        RandomAccess.SetLength(_file, input.Length);
        RandomAccess.Write(_file, input, fileOffset: 0);
    }

    /// <summary>The run has ended in good order, and the file goes.</summary>
    public void Dispose()
    {
        _file.Dispose();
        File.Delete(Path);
    }
}
