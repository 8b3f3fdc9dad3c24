using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>
/// The registers of an export, as JSON, and the image of guest memory that belongs to them. Both are begun before a VM
/// is stopped for them, and take their places when both are whole: what was there before belongs together until then.
/// </summary>
internal sealed class ExportFiles : IDisposable
{
    private readonly string _path;
    private readonly string? _imagePath;
    private readonly StateFile _registers;
    private readonly StateFile? _image;
    private IReadOnlyList<RamImagePart> _memory = [];

    private ExportFiles(string path, StateFile registers, string? imagePath, StateFile? image)
    {
        (_path, _registers, _imagePath, _image) = (path, registers, imagePath, image);
    }

    /// <summary>Whether there is an image.</summary>
    public bool HasImage => _image is not null;

    /// <summary>Opens both to write.</summary>
    /// <param name="path">Where the registers go.</param>
    /// <param name="imagePath">Where guest memory goes; null for nowhere.</param>
    /// <exception cref="InputException">One cannot be written.</exception>
    /// <exception cref="UsageException">They are one file.</exception>
    public static ExportFiles Begin(string path, string? imagePath)
    {
        var registers = StateFile.Begin(path);
        StateFile? image = null;
        try
        {
            image = imagePath is null ? null : StateFile.Begin(imagePath);
            return image is null || !image.HasPlaceOf(registers)
                ? new ExportFiles(path, registers, imagePath, image)
                : throw new UsageException($"FILE and --ram name the same file: {path} and {imagePath}");
        }
        catch
        {
            image?.Dispose();
            registers.Dispose();
            throw;
        }
    }

    /// <summary>Writes guest memory into the image.</summary>
    public async Task SaveMemoryAsync(
        VmHandle vm, IEnumerable<MemoryRegion> regions, TextWriter error, CancellationToken cancellationToken)
    {
        _memory = RamImage.PartsOf(regions, NameOfImage());
        await RamImage.SaveAsync(vm, _memory, _image!, error, cancellationToken);
    }

    /// <summary>Writes the registers, and puts all in its place.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Finish(ExportedState state, VmSpec spec, AttributeLabels labels)
    {
        _registers.Complete(ExportWriter.Write(new ExportDocument(state, spec, _memory), labels));
        _image?.Complete();
        _image?.TakePlace();
        try
        {
            _registers.TakePlace();
        }
        catch (InputException failure) when (_image is not null)
        {
            throw new InputException($"{failure.Message}; {_imagePath} is the new one, and without its registers");
        }
    }

    /// <summary>Takes away what has not taken its place.</summary>
    public void Dispose()
    {
        _registers.Dispose();
        _image?.Dispose();
    }

    /// <summary>As the registers' file names it: both may be moved together.</summary>
    private string NameOfImage() => Path.GetRelativePath(
        Path.GetDirectoryName(Path.GetFullPath(_path)) ?? "/", Path.GetFullPath(_imagePath!));
}
