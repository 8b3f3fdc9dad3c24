using System.Buffers.Binary;
using System.IO.Hashing;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Core.Identifiers;
using ItsService.Protocol.V1;
using ItsService.Server.Checkpoints;
using ItsService.Server.Memory;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using Microsoft.Extensions.DependencyInjection;
using HostedMemory = ItsService.Server.Memory.HostedMemory;
using MemoryRegion = ItsService.Core.Memory.MemoryRegion;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>
/// Files that are not as they were written: found, named, and refused with the one before them offered.
/// </summary>
public sealed class DamagedCheckpointTests : IDisposable
{
    private const string Name = "vms/guest/checkpoints/1";

    private readonly CheckpointFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_byte_matters_and_so_does_the_length()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(1));
        await server.Tcp.CheckpointAsync(guest.Name);
        var whole = await File.ReadAllBytesAsync(_folder.FileOf(Name), Cancellation);
        Assert.InRange(whole.Length, 4096, 8192);

        // Around every part's beginning and end, and here and there in between.
        foreach (var length in Enumerable.Range(0, whole.Length).Where(At))
        {
            AssertDamaged(server, whole[..length], $"{length} bytes");
        }

        AssertDamaged(server, [.. whole, 0], "one byte more");

        for (var at = 0; at < whole.Length; at++)
        {
            var changed = whole.ToArray();
            changed[at] ^= (byte)(1 << (at % 8));
            AssertDamaged(server, changed, $"byte {at}");
        }

        await File.WriteAllBytesAsync(_folder.FileOf(Name), whole, Cancellation);
        Assert.Equal("", Assert.Single(await server.Tcp.ListCheckpointsAsync()).Damage);

        bool At(int length) => length < 64 || length % 97 == 0 || length > whole.Length - 16;
    }

    [Theory]
    [InlineData("cut to nothing")]
    [InlineData("cut in the middle")]
    [InlineData("changed in the middle")]
    [InlineData("longer")]
    [InlineData("zeros")]
    [InlineData("another program's")]
    [InlineData("of another checkpoint")]
    [InlineData("of a newer version")]
    [InlineData("with a field that nobody knows")]
    [InlineData("a directory")]
    [InlineData("a link to a whole one")]
    [InlineData("a link to nothing")]
    [InlineData("a FIFO")]
    public async Task Damage_is_listed_and_the_newest_whole_one_before_is_offered(string what)
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var names = new List<string>();
        for (var number = 0; number < 4; number++)
        {
            names.Add(await server.Tcp.CheckpointAsync(guest.Name));
        }

        _folder.Damage(names[1]);
        await SpoilAsync(names[2], what);
        await server.Tcp.DeleteVmAsync(guest.Name);

        var listed = await server.Tcp.ListCheckpointsAsync(guest.Name);
        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(names[2]));

        Assert.Equal(names, listed.Select(checkpoint => checkpoint.Name));
        Assert.Equal([true, false, false, true], listed.Select(checkpoint => checkpoint.Damage.Length == 0));
        new Expected(StatusCode.DataLoss, ErrorReason.CheckpointDamaged, "name")
        {
            Resource = names[2],
            Accepted = names[0],
        }.AssertMet(refusal);
        Assert.Contains(listed[2].Damage, refusal.Detail.Message, StringComparison.Ordinal);
        Assert.Empty((await server.Tcp.ListVmsAsync()).Vms);
        Assert.Equal(guest.Name, (await server.Tcp.RestoreCheckpointAsync(refusal.Detail.Accepted)).Vm.Name);
        await server.Tcp.DeleteCheckpointAsync(names[2]);
        Assert.Equal(3, (await server.Tcp.ListCheckpointsAsync()).Count);
    }

    [Fact]
    public async Task Directory_with_something_in_it_is_not_deleted_as_a_checkpoint()
    {
        await using var server = await _folder.StartServerAsync();
        Directory.CreateDirectory(_folder.PathOf("guest.1.checkpoint/mine"));

        var refusal = await Refusal.OfAsync(() => server.Tcp.DeleteCheckpointAsync(Name));

        Assert.Equal(ErrorReason.StateDirectoryUnusable, refusal.Detail.Reason);
        Assert.True(Directory.Exists(_folder.PathOf("guest.1.checkpoint/mine")));
    }

    /// <summary>Who deletes what is damaged must not be told so of a file that is whole.</summary>
    [Fact]
    public async Task File_that_cannot_be_read_now_is_not_called_damaged()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await server.Tcp.CheckpointAsync(guest.Name);
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        await server.Tcp.DeleteVmAsync(guest.Name);
        await using (new FileStream(_folder.FileOf(name), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name));

            Assert.Equal(
                (ErrorReason.StateDirectoryUnusable, ""), (refusal.Detail.Reason, refusal.Detail.Accepted));
            var listed = await server.Tcp.ListCheckpointsAsync();
            Assert.Equal("", listed[0].Damage);
            Assert.StartsWith("it cannot be read now", listed[1].Damage, StringComparison.Ordinal);
        }

        await server.Tcp.RestoreCheckpointAsync(name);
    }

    [Theory]
    [InlineData("the state")]
    [InlineData("the last page")]
    [InlineData("the end")]
    public async Task Bytes_that_change_after_the_file_was_found_whole_are_found(string what)
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.WriteMemoryAsync(
            GuestMap.RamBase, ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 100 * 4096)]));
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        Assert.True(CheckpointName.TryParse(name, out var parsed));
        using var file = server.Services.GetRequiredService<CheckpointStore>().Read(parsed, Cancellation);
        var bytes = await File.ReadAllBytesAsync(_folder.FileOf(name), Cancellation);
        var at = what == "the state" ? CheckpointLayout.Of(bytes).StateAt + 3 : bytes.Length - 100;
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(_folder.FileOf(name), what == "the end" ? bytes[..^9] : bytes, Cancellation);
        var limits = new ItsServerLimits();
        var memory = new HostedMemory(
            [new MemoryRegion(new GuestRange(new GuestAddress(GuestMap.RamBase), GuestMap.RamSizeBytes), false)],
            limits,
            new HostedMemoryBudget(1000));

        file.ReadState();
        var problem = file.ReadPagesInto(memory, limits, Cancellation);

        Assert.Equal(ErrorReason.CheckpointDamaged, problem?.Reason);
    }

    [Fact]
    public async Task Where_no_whole_one_is_before_it_that_is_said()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        var first = await server.Tcp.CheckpointAsync(guest.Name);
        await server.Tcp.CheckpointAsync(guest.Name);
        _folder.Damage(first);

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(first));

        Assert.Equal((ErrorReason.CheckpointDamaged, ""), (refusal.Detail.Reason, refusal.Detail.Accepted));
        Assert.Contains("no whole one before", refusal.Detail.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_never_got_its_name_is_not_there_and_the_one_before_is_offered()
    {
        string first;
        await using (var server = await _folder.StartServerAsync())
        {
            var guest = await Guest.CreateAsync(server.Tcp, "guest");
            first = await server.Tcp.CheckpointAsync(guest.Name);
            var second = _folder.FileOf(await server.Tcp.CheckpointAsync(guest.Name));
            File.Move(second, $"{second}.part");
        }

        await File.WriteAllTextAsync(_folder.PathOf("guest.3.checkpoint.part"), "half", Cancellation);
        await File.WriteAllTextAsync(_folder.PathOf("notes.part"), "not ours", Cancellation);
        await using var next = await _folder.StartServerAsync();

        var refusal = await Refusal.OfAsync(() => next.Tcp.RestoreCheckpointAsync("vms/guest/checkpoints/2"));

        new Expected(StatusCode.NotFound, ErrorReason.CheckpointNotFound, "name")
        {
            Resource = "vms/guest/checkpoints/2",
            Accepted = first,
        }.AssertMet(refusal);
        Assert.Equal(["guest.1.checkpoint", "notes.part"], _folder.Files);
        await next.Tcp.RestoreCheckpointAsync(first);
    }

    [Theory]
    [InlineData("a page outside the regions", ErrorReason.NoMemory)]
    [InlineData("a page at no multiple", ErrorReason.NoMemory)]
    [InlineData("no spec", ErrorReason.Required)]
    [InlineData("a spec that is wrong", ErrorReason.Misaligned)]
    [InlineData("a state of another shape", ErrorReason.OutOfRange)]
    [InlineData("no state", ErrorReason.StateCorrupt)]
    public async Task What_has_a_right_checksum_is_judged_like_anybodys_input(string what, ErrorReason reason)
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(1));
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        await server.Tcp.DeleteVmAsync(guest.Name);
        Forge(name, (description, state, pages) =>
        {
            switch (what)
            {
                case "a page outside the regions":
                    BinaryPrimitives.WriteUInt64LittleEndian(pages, GuestMap.RamBase - 4096);
                    break;
                case "a page at no multiple":
                    BinaryPrimitives.WriteUInt64LittleEndian(pages, GuestMap.RamBase + 1);
                    break;
                case "no spec":
                    description.Spec = null;
                    break;
                case "a spec that is wrong":
                    description.Spec.DistributorBase++;
                    break;
                case "a state of another shape":
                    description.Spec.Vcpus.RemoveAt(1);
                    break;
                default:
                    state.AsSpan().Clear();
                    break;
            }
        });

        Assert.Equal("", Assert.Single(await server.Tcp.ListCheckpointsAsync()).Damage);
        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name));

        Assert.Equal(reason, refusal.Details[0].Reason);
        Assert.Empty((await server.Tcp.ListVmsAsync()).Vms);
    }

    /// <summary>Where nothing else could differ: no frame has a place, and there is no memory.</summary>
    [Theory]
    [InlineData("no spec", ErrorReason.Required, "spec")]
    [InlineData("regions over one another", ErrorReason.Overlap, "spec.memory_regions[1].base")]
    public async Task Spec_is_judged_also_where_the_vm_is_there(string what, ErrorReason reason, string field)
    {
        await using var server = await _folder.StartServerAsync();
        var spec = GuestMap.Spec();
        spec.ClearDistributorBase();
        spec.RedistributorRegions.Clear();
        spec.Its[0].ClearBase();
        spec.MemoryRegions.Clear();
        var region = GuestMap.Region(GuestMap.RamBase, 4096);
        if (what != "no spec")
        {
            spec.MemoryRegions.Add(region);
        }

        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await server.Tcp.PauseAsync(guest.Name);
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        Forge(name, (description, _, _) =>
        {
            if (what == "no spec")
            {
                description.Spec = null;
            }
            else
            {
                description.Spec.MemoryRegions.Add(region);
            }
        });

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name));

        Assert.Equal((reason, field), (refusal.Detail.Reason, refusal.Detail.Field));
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
        Assert.Equal(spec.MemoryRegions.Count, (await guest.DescribeAsync()).Spec.MemoryRegions.Count);
    }

    private void AssertDamaged(TestServer server, byte[] bytes, string what)
    {
        File.WriteAllBytes(_folder.FileOf(Name), bytes);
        Assert.True(CheckpointName.TryParse(Name, out var name));
        using var file = server.Services.GetRequiredService<CheckpointStore>().TryRead(name, Cancellation);
        Assert.True(file is { Damage.Length: > 0 }, what);
        Assert.Equal((ulong)bytes.Length, file.Describe().SizeBytes);
    }

    private async Task SpoilAsync(string checkpoint, string how)
    {
        var path = _folder.FileOf(checkpoint);
        var bytes = await File.ReadAllBytesAsync(path, Cancellation);
        File.Delete(path);
        switch (how)
        {
            case "a directory":
                Directory.CreateDirectory(path);
                return;
            case "a link to a whole one":
                await File.WriteAllBytesAsync(_folder.PathOf("elsewhere"), bytes, Cancellation);
                File.CreateSymbolicLink(path, _folder.PathOf("elsewhere"));
                return;
            case "a link to nothing":
                File.CreateSymbolicLink(path, _folder.PathOf("nothing"));
                return;
            case "a FIFO":
                using (var make = System.Diagnostics.Process.Start("mkfifo", [path]))
                {
                    await make.WaitForExitAsync(Cancellation).WithinLimit();
                }

                return;
            case "of a newer version":
                bytes[8] = 2;
                break;
            case "with a field that nobody knows":
                bytes = [.. bytes[..32], 0xA2, 0x06, 0, .. bytes[32..]];
                BinaryPrimitives.WriteUInt32LittleEndian(
                    bytes.AsSpan(12), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12)) + 3);
                Reseal(bytes);
                break;
            case "of another checkpoint":
                bytes = await File.ReadAllBytesAsync(_folder.FileOf(Name), Cancellation);
                break;
            default:
                bytes = how switch
                {
                    "cut to nothing" => [],
                    "cut in the middle" => bytes[..(bytes.Length / 2)],
                    "changed in the middle" => [.. bytes[..1000], (byte)(bytes[1000] ^ 1), .. bytes[1001..]],
                    "longer" => [.. bytes, 0],
                    "zeros" => new byte[bytes.Length],
                    _ => [.. "#!/bin/sh\n"u8],
                };
                break;
        }

        await File.WriteAllBytesAsync(path, bytes, Cancellation);
    }

    /// <summary>Changes a file in a way that its checksum does not tell.</summary>
    private void Forge(string checkpoint, Action<SavedCheckpoint, byte[], byte[]> change)
    {
        var bytes = File.ReadAllBytes(_folder.FileOf(checkpoint));
        var layout = CheckpointLayout.Of(bytes);
        var description = SavedCheckpoint.Parser.ParseFrom(
            bytes, CheckpointLayout.HeaderBytes, (int)layout.DescriptionBytes);
        var state = bytes[(int)layout.StateAt..(int)layout.PagesAt];
        var pages = bytes[(int)layout.PagesAt..^CheckpointLayout.HashBytes];
        change(description, state, pages);
        var header = new byte[CheckpointLayout.HeaderBytes];
        (layout with { DescriptionBytes = (uint)description.CalculateSize() }).WriteTo(header);
        byte[] forged = [.. header, .. description.ToByteArray(), .. state, .. pages, .. new byte[8]];
        Reseal(forged);
        File.WriteAllBytes(_folder.FileOf(checkpoint), forged);
    }

    private static void Reseal(byte[] bytes) => BinaryPrimitives.WriteUInt64LittleEndian(
        bytes.AsSpan(bytes.Length - 8), XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - 8)));
}
