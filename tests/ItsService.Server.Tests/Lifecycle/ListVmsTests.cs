using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Lifecycle;

public class ListVmsTests
{
    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task List_of_a_new_server_is_empty(Transport transport)
    {
        await using var server = await TestServer.StartAsync();

        Assert.Equal(new ListVmsResponse(), await server[transport].ListVmsAsync());
    }

    [Fact]
    public async Task List_is_ordered_by_name_and_complete()
    {
        await using var server = await TestServer.StartAsync();
        var created = await CreateAsync(server.Tcp, "b", "a-2", "a", "10", "z", "9");

        var listed = await server.Tcp.ListVmsAsync();

        Assert.Equal(created.OrderBy(vm => vm.Name, StringComparer.Ordinal).Select(Summary), listed.Vms);
        Assert.Empty(listed.NextPageToken);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(5u)]
    [InlineData(1000u)]
    public async Task Pages_give_each_vm_once_and_in_order(uint pageSize)
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server.Tcp, "e", "d", "c", "b", "a");

        var names = new List<string>();
        var pageToken = "";
        do
        {
            var page = await server.Tcp.ListVmsAsync(pageSize, pageToken);
            Assert.InRange((uint)page.Vms.Count, 1u, pageSize);
            names.AddRange(page.Vms.Select(vm => vm.Name));
            pageToken = page.NextPageToken;
        }
        while (pageToken.Length > 0);

        Assert.Equal(["vms/a", "vms/b", "vms/c", "vms/d", "vms/e"], names);
    }

    [Fact]
    public async Task Deletion_between_pages_loses_no_other_vm()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server.Tcp, "a", "b", "c", "d");

        var first = await server.Tcp.ListVmsAsync(pageSize: 2);
        await server.Tcp.DeleteVmAsync("vms/a");
        await server.Tcp.DeleteVmAsync("vms/b");
        var second = await server.Tcp.ListVmsAsync(pageSize: 2, first.NextPageToken);

        Assert.Equal(["vms/c", "vms/d"], second.Vms.Select(vm => vm.Name));
        Assert.Empty(second.NextPageToken);
    }

    [Fact]
    public async Task List_refuses_a_page_size_beyond_the_most()
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await Refusal.OfAsync(() => server.Tcp.ListVmsAsync(pageSize: 1001));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Equal(ErrorReason.OutOfRange, refusal.Detail.Reason);
        Assert.Equal("page_size", refusal.Detail.Field);
        Assert.Contains("1000", refusal.Detail.Accepted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_refuses_a_page_token_that_no_page_gave()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server.Tcp, "a");

        var refusal = await Refusal.OfAsync(() => server.Tcp.ListVmsAsync(pageToken: "\u0001 not a token"));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Equal("page_token", refusal.Detail.Field);
    }

    /// <summary>What a list tells of a VM: neither its lines nor the lists of its spec.</summary>
    private static Vm Summary(Vm vm)
    {
        var summary = vm.Clone();
        summary.Lines.Clear();
        summary.Spec.Vcpus.Clear();
        summary.Spec.RedistributorRegions.Clear();
        summary.Spec.Its.Clear();
        summary.Spec.MemoryRegions.Clear();
        return summary;
    }

    private static async Task<IReadOnlyList<Vm>> CreateAsync(Api api, params string[] ids)
    {
        var created = new List<Vm>();
        foreach (var id in ids)
        {
            created.Add(await api.CreateVmAsync(id, GuestMap.Spec()));
        }

        return created;
    }
}
