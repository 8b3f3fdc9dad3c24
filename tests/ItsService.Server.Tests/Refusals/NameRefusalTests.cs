using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Refusals;

/// <summary>Every call that names a VM refuses a name that is unknown, malformed or absent.</summary>
public class NameRefusalTests
{
    private static readonly Dictionary<string, (string Field, Func<Api, string, Task> Call)> Calls = new()
    {
        ["GetVm"] = ("name", (api, name) => api.GetVmAsync(name)),
        ["DeleteVm"] = ("name", (api, name) => api.DeleteVmAsync(name)),
        ["ResetVm"] = ("name", (api, name) => api.ResetVmAsync(name)),
        ["Pause"] = ("name", (api, name) => api.PauseAsync(name)),
        ["Resume"] = ("name", (api, name) => api.ResumeAsync(name)),
        ["UpdateMemory"] = ("name", (api, name) => api.UpdateMemoryAsync(new UpdateMemoryRequest { Name = name })),
        ["Registers.Read"] = ("vm", (api, name) => new Guest(api, name).ReadAsync("GITS_TYPER")),
        ["Registers.Write"] = ("vm", (api, name) => new Guest(api, name).WriteAsync("GITS_CTLR", 0)),
        ["Registers.ReadSystemRegister"] = ("vm", (api, name) => new Guest(api, name).AcknowledgeAsync(0)),
        ["Registers.WriteSystemRegister"] = ("vm", (api, name) => new Guest(api, name).EndAsync(0, 8192)),
        ["Registers.Batch"] = ("vm", (api, name) => api.BatchAsync(new BatchRequest { Vm = name })),
        ["Registers.ListRegisters"] = ("vm", (api, name) => api.ListRegistersAsync(name)),
        ["Interrupts.SignalMsi"] = ("vm", (api, name) => new Guest(api, name).SignalAsync(0, 0)),
        ["GuestMemory.Read"] = ("vm", (api, name) => new Guest(api, name).ReadMemoryAsync(GuestMap.RamBase, 1)),
        ["GuestMemory.Write"] = (
            "vm", (api, name) => new Guest(api, name).WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(1))),
        ["Inspect.DumpTables"] = ("vm", (api, name) => new Guest(api, name).DumpAsync()),
    };

    public static TheoryData<string> CallNames => [.. Calls.Keys];

    [Theory]
    [MemberData(nameof(CallNames))]
    public async Task Unknown_vm_is_not_found_by(string call)
    {
        await using var server = await TestServer.StartAsync();
        var bystander = await server.Tcp.CreateVmAsync("bystander", GuestMap.Spec());

        var refusal = await Refusal.OfAsync(() => Calls[call].Call(server.Tcp, "vms/nobody"));

        new Expected(StatusCode.NotFound, ErrorReason.VmNotFound, Calls[call].Field) { Resource = "vms/nobody" }
            .AssertMet(refusal);
        Assert.Contains("vms/nobody", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bystander.Uid, Assert.Single((await server.Tcp.ListVmsAsync()).Vms).Uid);
        Assert.Equal(bystander, await server.Tcp.GetVmAsync(bystander.Name));
    }

    [Theory]
    [MemberData(nameof(CallNames))]
    public async Task Malformed_name_is_told_by(string call)
    {
        await using var server = await TestServer.StartAsync();
        await server.Tcp.CreateVmAsync("bystander", GuestMap.Spec());

        foreach (var name in new[] { "bystander", "vms/", "vms/Bystander", "vms/bystander/its/0", "VMS/bystander" })
        {
            var refusal = await Refusal.OfAsync(() => Calls[call].Call(server.Tcp, name));

            new Expected(StatusCode.InvalidArgument, ErrorReason.MalformedName, Calls[call].Field)
            {
                Resource = refusal.Detail.Resource,
                Accepted = "vms/",
            }.AssertMet(refusal);
        }
    }

    [Theory]
    [MemberData(nameof(CallNames))]
    public async Task Absent_name_is_required_by(string call)
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await Refusal.OfAsync(() => Calls[call].Call(server.Tcp, ""));

        new Expected(StatusCode.InvalidArgument, ErrorReason.Required, Calls[call].Field) { Accepted = "vms/" }
            .AssertMet(refusal);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Hostile_name_comes_back_harmless(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var name = "vms/\r\ngrpc-status: 0\r\n\u202E" + new string('\u00e4', 4000);

        var refusal = await Refusal.OfAsync(() => server[transport].GetVmAsync(name));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Equal(ErrorReason.MalformedName, refusal.Detail.Reason);
        Assert.InRange(refusal.Message.Length, 1, 1000);
        await server[transport].GetServerInfoAsync();
    }
}
