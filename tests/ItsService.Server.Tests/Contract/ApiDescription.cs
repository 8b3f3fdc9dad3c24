using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace ItsService.Server.Tests.Contract;

/// <summary>
/// What a client of the API relies on, one fact to a line: messages, fields with number and type, enum values, calls.
/// </summary>
internal static class ApiDescription
{
    public static IReadOnlyCollection<string> Of(params IEnumerable<FileDescriptorProto> files)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var place = $" in {file.Name}";
            AddMessages(file.MessageType, file.Package, place, lines);
            AddEnums(file.EnumType, file.Package, place, lines);
            foreach (var service in file.Service)
            {
                AddCalls(service, $"{file.Package}.{service.Name}", place, lines);
            }
        }

        return lines;
    }

    private static void AddMessages(
        IEnumerable<DescriptorProto> messages, string scope, string place, SortedSet<string> lines)
    {
        foreach (var message in messages)
        {
            var name = $"{scope}.{message.Name}";
            lines.Add($"message {name}{place}");
            foreach (var field in message.Field)
            {
                lines.Add(Line(name, field, message.OneofDecl));
            }

            AddMessages(message.NestedType, name, place: "", lines);
            AddEnums(message.EnumType, name, place: "", lines);
        }
    }

    private static string Line(string message, FieldDescriptorProto field, RepeatedField<OneofDescriptorProto> oneofs)
    {
        var label = (field.Label, field.Proto3Optional, field.HasOneofIndex) switch
        {
            (FieldDescriptorProto.Types.Label.Repeated, _, _) => "repeated ",
            (_, true, _) => "optional ",
            (_, _, true) => $"oneof {oneofs[field.OneofIndex].Name} ",
            _ => "",
        };
        var type = field.TypeName.Length > 0 ? field.TypeName.TrimStart('.') : $"{field.Type}".ToLowerInvariant();
        return $"field {message}.{field.Name} = {field.Number} {label}{type}";
    }

    private static void AddEnums(
        IEnumerable<EnumDescriptorProto> enums, string scope, string place, SortedSet<string> lines)
    {
        foreach (var type in enums)
        {
            lines.Add($"enum {scope}.{type.Name}{place}");
            foreach (var value in type.Value)
            {
                lines.Add($"value {scope}.{type.Name}.{value.Name} = {value.Number}");
            }
        }
    }

    private static void AddCalls(ServiceDescriptorProto service, string name, string place, SortedSet<string> lines)
    {
        lines.Add($"service {name}{place}");
        foreach (var method in service.Method)
        {
            var request = (method.ClientStreaming ? "stream " : "") + method.InputType.TrimStart('.');
            var response = (method.ServerStreaming ? "stream " : "") + method.OutputType.TrimStart('.');
            lines.Add($"rpc {name}.{method.Name}({request}) returns ({response})");
        }
    }
}
