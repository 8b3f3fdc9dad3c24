using Google.Protobuf.Reflection;
using ItsService.Protocol.Rpc;
using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.Contract;

/// <summary>
/// The API changes by addition alone: every line of the released description must still be there. After an addition has
/// been released, write the description anew with ITS_API_RELEASE=1 in the environment of this test, and commit it.
/// </summary>
public class ReleasedApiTests
{
    private const string ReleaseVariable = "ITS_API_RELEASE";

    private static readonly string ReleasedPath =
        RepositoryFolder.PathOf("tests", "ItsService.Server.Tests", "Contract", "its.v1.released.txt");

    private static readonly IReadOnlyList<FileDescriptorProto> Files =
    [
        .. new[]
        {
            ActivityReflection.Descriptor, CommandsReflection.Descriptor, DeviceAttributesReflection.Descriptor,
            DiagnosticsReflection.Descriptor,
            ErrorsReflection.Descriptor, ExplainReflection.Descriptor, ExportedStateReflection.Descriptor,
            GuestMemoryReflection.Descriptor,
            InspectReflection.Descriptor, InterruptsReflection.Descriptor, LinesReflection.Descriptor,
            MemoryRegionsReflection.Descriptor, RegistersReflection.Descriptor, SavedCheckpointReflection.Descriptor,
            SavedStateReflection.Descriptor, StateReflection.Descriptor, TraceReflection.Descriptor,
            VirtualMachinesReflection.Descriptor, VmmReflection.Descriptor, StatusReflection.Descriptor,
        }.Select(file => file.ToProto()),
    ];

    private static readonly Dictionary<string, Action<FileDescriptorProto>> BreakingChanges = new()
    {
        ["a field is removed"] = file => Message(file, "Vm").Field.RemoveAt(0),
        ["a field gets another number"] = file => Field(file, "Vm", "name").Number = 99,
        ["a field gets another name"] = file => Field(file, "Vm", "name").Name = "title",
        ["a field gets another type"] = file =>
            Field(file, "Vcpu", "affinity").Type = FieldDescriptorProto.Types.Type.Uint64,
        ["a field gets another message"] = file => Field(file, "Vm", "spec").TypeName = ".its.v1.Vcpu",
        ["a field becomes repeated"] = file =>
            Field(file, "Vm", "fault").Label = FieldDescriptorProto.Types.Label.Repeated,
        ["a field is no longer optional"] = file => Field(file, "Vcpu", "affinity").Proto3Optional = false,
        ["a field leaves its oneof"] = file => Field(file, "MemoryRegion", "hosted").ClearOneofIndex(),
        ["a message is removed"] = file => file.MessageType.Remove(Message(file, "HostedMemory")),
        ["a message moves to another package"] = file => file.Package = "its.v2",
        ["a message moves to another file"] = file => file.Name = "its/v1/machines.proto",
        ["an enum value is removed"] = file => Enum(file, "VmState").Value.RemoveAt(3),
        ["an enum value gets another number"] = file => Enum(file, "VmState").Value[3].Number = 9,
        ["a call is removed"] = file => file.Service[0].Method.RemoveAt(0),
        ["a call answers with another message"] = file => file.Service[0].Method[0].OutputType = ".its.v1.Vcpu",
        ["a call takes another message"] = file => file.Service[0].Method[0].InputType = ".its.v1.Vcpu",
        ["a call becomes a stream"] = file => file.Service[0].Method[0].ServerStreaming = true,
        ["a service gets another name"] = file => file.Service[0].Name = "Machines",
    };

    public static TheoryData<string> BreakingChangeNames => [.. BreakingChanges.Keys];

    [Fact]
    public async Task Everything_released_is_still_there()
    {
        var present = ApiDescription.Of(Files);
        if (Environment.GetEnvironmentVariable(ReleaseVariable) == "1")
        {
            await File.WriteAllLinesAsync(ReleasedPath, present, TestContext.Current.CancellationToken);
        }

        var released = await File.ReadAllLinesAsync(ReleasedPath, TestContext.Current.CancellationToken);

        Assert.NotEmpty(released);
        Assert.Empty(released.Except(present));
    }

    [Theory]
    [MemberData(nameof(BreakingChangeNames))]
    public void Comparison_notices_when(string change)
    {
        // One file with all that a file can have.
        var file = VirtualMachinesReflection.Descriptor.ToProto();
        file.MessageType.Add(MemoryRegionsReflection.Descriptor.ToProto().MessageType);
        var released = ApiDescription.Of(file);

        BreakingChanges[change](file);

        Assert.NotEmpty(released.Except(ApiDescription.Of(file)));
    }

    [Fact]
    public void Comparison_allows_additions()
    {
        var file = VirtualMachinesReflection.Descriptor.ToProto();
        var released = ApiDescription.Of(file);

        Message(file, "Vm").Field.Add(new FieldDescriptorProto
        {
            Name = "added",
            Number = 99,
            Type = FieldDescriptorProto.Types.Type.Bool,
            Label = FieldDescriptorProto.Types.Label.Optional,
        });
        file.MessageType.Add(new DescriptorProto { Name = "Added" });
        Enum(file, "VmState").Value.Add(new EnumValueDescriptorProto { Name = "VM_STATE_ADDED", Number = 99 });
        file.Service[0].Method.Add(
            new MethodDescriptorProto { Name = "Add", InputType = ".its.v1.Vm", OutputType = ".its.v1.Added" });

        Assert.Empty(released.Except(ApiDescription.Of(file)));
    }

    [Fact]
    public void Every_file_of_the_package_is_described()
    {
        var onDisk = Directory.EnumerateFiles(RepositoryFolder.PathOf("protos", "its", "v1"), "*.proto")
            .Select(path => $"its/v1/{Path.GetFileName(path)}")
            .Append("google/rpc/status.proto");

        Assert.Equal(
            onDisk.Order(StringComparer.Ordinal), Files.Select(file => file.Name).Order(StringComparer.Ordinal));
    }

    private static DescriptorProto Message(FileDescriptorProto file, string name) =>
        file.MessageType.Single(message => message.Name == name);

    private static FieldDescriptorProto Field(FileDescriptorProto file, string message, string name) =>
        Message(file, message).Field.Single(field => field.Name == name);

    private static EnumDescriptorProto Enum(FileDescriptorProto file, string name) =>
        file.EnumType.Single(type => type.Name == name);
}
