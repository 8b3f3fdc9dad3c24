using Google.Protobuf.Reflection;
using Grpc.Core;
using ItsService.Protocol.Reflection;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.StandardServices;

/// <summary>grpc.reflection.v1: enough for a client to call the service that has none of its files.</summary>
public class ReflectionTests
{
    private const int NotFound = 5;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task List_names_every_service(Transport transport)
    {
        await using var server = await TestServer.StartAsync();

        var response = await AskAsync(
            server[transport], new ServerReflectionRequest { Host = "any", ListServices = "*" });

        Assert.Equal(
            [
                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "its.v1.Commands",
                "its.v1.DeviceAttributes", "its.v1.GuestMemory", "its.v1.Inspect", "its.v1.Interrupts",
                "its.v1.Registers", "its.v1.State", "its.v1.VirtualMachines",
                "its.v1.Vmm",
            ],
            response.ListServicesResponse.Service.Select(service => service.Name).Order(StringComparer.Ordinal));
        Assert.Equal("any", response.OriginalRequest.Host);
        Assert.Equal("any", response.ValidHost);
    }

    [Theory]
    [InlineData("its/v1/registers.proto")]
    [InlineData("its/v1/errors.proto")]
    [InlineData("google/rpc/status.proto")]
    [InlineData("google/protobuf/any.proto")]
    [InlineData("grpc/health/v1/health.proto")]
    public async Task File_by_name_comes_with_what_it_needs(string file)
    {
        await using var server = await TestServer.StartAsync();

        var response = await AskAsync(server.Tcp, new ServerReflectionRequest { FileByFilename = file });

        Assert.Contains(file, Build(response).Select(descriptor => descriptor.Name));
    }

    [Theory]
    [InlineData("its.v1.VirtualMachines", "its/v1/virtual_machines.proto")]
    [InlineData("its.v1.VirtualMachines.CreateVm", "its/v1/virtual_machines.proto")]
    [InlineData("its.v1.VcpuLine", "its/v1/lines.proto")]
    [InlineData("its.v1.VcpuLine.generation", "its/v1/lines.proto")]
    [InlineData("its.v1.Commands.Submit", "its/v1/commands.proto")]
    [InlineData("its.v1.MsiOutcome", "its/v1/interrupts.proto")]
    [InlineData("its.v1.MSI_OUTCOME_PENDED", "its/v1/interrupts.proto")]
    [InlineData("its.v1.ErrorDetail", "its/v1/errors.proto")]
    [InlineData("google.rpc.Status", "google/rpc/status.proto")]
    [InlineData("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto")]
    public async Task File_that_holds_a_symbol_is_found(string symbol, string file)
    {
        await using var server = await TestServer.StartAsync();

        var response = await AskAsync(server.Tcp, new ServerReflectionRequest { FileContainingSymbol = symbol });

        Assert.Contains(file, Build(response).Select(descriptor => descriptor.Name));
    }

    [Fact]
    public async Task What_does_not_exist_is_answered_and_the_stream_goes_on()
    {
        await using var server = await TestServer.StartAsync();
        using var call = server.Tcp.Reflection.ServerReflectionInfo(
            cancellationToken: TestContext.Current.CancellationToken);

        foreach (var request in new[]
        {
            new ServerReflectionRequest { FileContainingSymbol = "its.v1.Nothing" },
            new ServerReflectionRequest { FileContainingSymbol = "" },
            new ServerReflectionRequest { FileByFilename = "its/v1/nothing.proto" },
            new ServerReflectionRequest
            {
                FileContainingExtension = new ExtensionRequest { ContainingType = "its.v1.Vm", ExtensionNumber = 1 },
            },
            new ServerReflectionRequest { AllExtensionNumbersOfType = "its.v1.Nothing" },
        })
        {
            var response = await AskAsync(call, request);
            Assert.Equal(NotFound, response.ErrorResponse.ErrorCode);
            Assert.NotEmpty(response.ErrorResponse.ErrorMessage);
            Assert.Equal(request, response.OriginalRequest);
        }

        var none = await AskAsync(call, new ServerReflectionRequest { AllExtensionNumbersOfType = "its.v1.Vm" });
        Assert.Equal("its.v1.Vm", none.AllExtensionNumbersResponse.BaseTypeName);
        Assert.Empty(none.AllExtensionNumbersResponse.ExtensionNumber);

        var listed = await AskAsync(call, new ServerReflectionRequest { ListServices = "" });
        Assert.NotEmpty(listed.ListServicesResponse.Service);
        await call.RequestStream.CompleteAsync().WithinLimit();
        Assert.False(await call.ResponseStream.MoveNextWithinLimit());
    }

    private static async Task<ServerReflectionResponse> AskAsync(Api api, ServerReflectionRequest request)
    {
        using var call = api.Reflection.ServerReflectionInfo(cancellationToken: TestContext.Current.CancellationToken);
        var response = await AskAsync(call, request);
        await call.RequestStream.CompleteAsync().WithinLimit();
        return response;
    }

    private static async Task<ServerReflectionResponse> AskAsync(
        AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call,
        ServerReflectionRequest request)
    {
        await call.RequestStream.WriteAsync(request, TestContext.Current.CancellationToken).WithinLimit();
        Assert.True(await call.ResponseStream.MoveNextWithinLimit());
        return call.ResponseStream.Current;
    }

    /// <summary>The answer's files put together as a client does; it fails when an imported one is missing.</summary>
    private static IReadOnlyList<FileDescriptor> Build(ServerReflectionResponse response)
    {
        var files = response.FileDescriptorResponse.FileDescriptorProto;
        var missingFirst = files
            .Select(file => (Bytes: file, Proto: FileDescriptorProto.Parser.ParseFrom(file)))
            .ToList();
        var ordered = new List<(Google.Protobuf.ByteString Bytes, FileDescriptorProto Proto)>();
        while (missingFirst.Count > 0)
        {
            var ready = missingFirst.FindIndex(file =>
                file.Proto.Dependency.All(name => ordered.Exists(known => known.Proto.Name == name)));
            Assert.True(ready >= 0, "the answer lacks a file that another imports");
            ordered.Add(missingFirst[ready]);
            missingFirst.RemoveAt(ready);
        }

        return FileDescriptor.BuildFromByteStrings(ordered.Select(file => file.Bytes));
    }
}
