using Google.Protobuf.Reflection;

namespace ItsService.Server.Reflection;

/// <summary>
/// The files that describe the API, by their own names and by the name of everything that they declare.
/// </summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _fileOfSymbol = new(StringComparer.Ordinal);

    /// <param name="files">The files; what they import is added.</param>
    public DescriptorIndex(IEnumerable<FileDescriptor> files)
    {
        foreach (var file in files)
        {
            Add(file);
        }
    }

    /// <summary>The file of this name, or null.</summary>
    public FileDescriptor? File(string name) => _files.GetValueOrDefault(name);

    /// <summary>
    /// The file that declares this service, method, message, field, oneof, enum or enum value, or null.
    /// </summary>
    public FileDescriptor? FileOfSymbol(string symbol) => _fileOfSymbol.GetValueOrDefault(symbol);

    /// <summary>The file, then everything that it imports, directly or not, each once.</summary>
    public static IReadOnlyList<FileDescriptor> WithImports(FileDescriptor file)
    {
        var files = new List<FileDescriptor> { file };
        for (var index = 0; index < files.Count; index++)
        {
            foreach (var import in files[index].Dependencies)
            {
                if (!files.Contains(import))
                {
                    files.Add(import);
                }
            }
        }

        return files;
    }

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var service in file.Services)
        {
            _fileOfSymbol[service.FullName] = file;
            foreach (var method in service.Methods)
            {
                _fileOfSymbol[method.FullName] = file;
            }
        }

        AddEnums(file, file.EnumTypes, file.Package);
        foreach (var message in file.MessageTypes)
        {
            AddMessage(file, message);
        }

        foreach (var import in file.Dependencies)
        {
            Add(import);
        }
    }

    private void AddMessage(FileDescriptor file, MessageDescriptor message)
    {
        _fileOfSymbol[message.FullName] = file;
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            _fileOfSymbol[field.FullName] = file;
        }

        foreach (var oneof in message.Oneofs)
        {
            _fileOfSymbol[oneof.FullName] = file;
        }

        AddEnums(file, message.EnumTypes, message.FullName);
        foreach (var nested in message.NestedTypes)
        {
            AddMessage(file, nested);
        }
    }

    // By protobuf's rules an enum's values are named beside the enum and not inside it.
    private void AddEnums(FileDescriptor file, IEnumerable<EnumDescriptor> enums, string scope)
    {
        foreach (var type in enums)
        {
            _fileOfSymbol[type.FullName] = file;
            foreach (var value in type.Values)
            {
                _fileOfSymbol[scope.Length == 0 ? value.Name : $"{scope}.{value.Name}"] = file;
            }
        }
    }
}
