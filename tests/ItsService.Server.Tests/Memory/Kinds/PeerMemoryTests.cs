using System.Runtime.InteropServices;
using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using Microsoft.Win32.SafeHandles;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>Memory that a VMM shares by the number of its file descriptor.</summary>
public partial class PeerMemoryTests
{
    private const uint MayBeSealed = 2;
    private const long SizeBytes = 0x3000;

    [Fact]
    public async Task Vmm_and_service_share_memory_that_has_no_name()
    {
        await using var server = await TestServer.StartAsync();
        using var memory = MakeMemory();
        var guest = await CreateAsync(server.UnixSocket, Number(memory), offset: 0x1000);

        await guest.WriteMemoryAsync(GuestMap.RamBase + 2, ByteString.CopyFrom(7, 8));
        RandomAccess.Write(memory, [9], 0x1005);

        var bytes = new byte[8];
        RandomAccess.Read(memory, bytes, 0x1000);
        Assert.Equal([0, 0, 7, 8, 0, 9, 0, 0], bytes);
        Assert.Equal(ByteString.CopyFrom(7, 8, 0, 9), await guest.ReadMemoryAsync(GuestMap.RamBase + 2, 4));
    }

    [Fact]
    public async Task Memory_that_the_vmm_cuts_off_is_an_error_of_its_vm()
    {
        await using var server = await TestServer.StartAsync();
        using var memory = MakeMemory();
        var guest = await CreateAsync(server.UnixSocket, Number(memory));

        Assert.Equal(0, Truncate(memory, 0x1000));
        var refusal = await Refusal.OfAsync(() => guest.ReadMemoryAsync(GuestMap.RamBase + 0x1000, 4));

        Assert.Equal(ErrorReason.MemoryUnusable, refusal.Detail.Reason);
        Assert.Equal(ByteString.CopyFrom(0), await guest.ReadMemoryAsync(GuestMap.RamBase, 1));
    }

    [Fact]
    public async Task Memory_that_is_sealed_against_writing_is_for_read_only_regions_alone()
    {
        const int AddSeals = 1033;
        const int AgainstWriting = 8;
        await using var server = await TestServer.StartAsync();
        using var memory = MakeMemory();
        Assert.Equal(0, Control(memory, AddSeals, AgainstWriting));

        var refusal = await Refusal.OfAsync(() => CreateAsync(server.UnixSocket, Number(memory)));
        var guest = await CreateAsync(server.UnixSocket, Number(memory), isReadOnly: true);
        var written = await Refusal.OfAsync(() => guest.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(1)));

        Assert.Contains("it is sealed, or of huge pages", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ByteString.CopyFrom(0), await guest.ReadMemoryAsync(GuestMap.RamBase, 1));
        Assert.Equal(ErrorReason.MemoryUnusable, written.Detail.Reason);
    }

    [Fact]
    public async Task Number_that_is_none_of_such_memory_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        using var file = File.OpenHandle(Path.Combine(AppContext.BaseDirectory, "ItsService.Server.dll"));
        using var memory = MakeMemory();

        var ofFile = await Refusal.OfAsync(() => CreateAsync(server.UnixSocket, Number(file)));
        var ofNothing = await Refusal.OfAsync(() => CreateAsync(server.UnixSocket, uint.MaxValue));
        var tooShort = await Refusal.OfAsync(() => CreateAsync(server.UnixSocket, Number(memory), offset: 0x2000));
        var overTcp = await Refusal.OfAsync(() => CreateAsync(server.Tcp, Number(memory)));
        var twice = await Refusal.OfAsync(() => CreateAsync(server.UnixSocket, Number(memory), path: "ram"));

        Assert.Contains("is no memory that its user has made", ofFile.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be opened", ofNothing.Message, StringComparison.Ordinal);
        Assert.Contains("has 12288 bytes", tooShort.Message, StringComparison.Ordinal);
        Assert.Contains("not connected over a Unix socket", overTcp.Message, StringComparison.Ordinal);
        Assert.Contains("said twice", twice.Message, StringComparison.Ordinal);
        Assert.All(
            new[] { ofFile, ofNothing, tooShort, overTcp, twice },
            refusal => Assert.Equal(
                (ErrorReason.MemoryUnusable, "spec.memory_regions[0].shared.peer_fd"),
                (refusal.Detail.Reason, refusal.Detail.Field)));
    }

    private static uint Number(SafeFileHandle file) => (uint)file.DangerousGetHandle();

    private static SafeFileHandle MakeMemory()
    {
        var memory = new SafeFileHandle(MakeMemory("guest-ram", MayBeSealed), ownsHandle: true);
        Assert.False(memory.IsInvalid);
        Assert.Equal(0, Truncate(memory, SizeBytes));
        return memory;
    }

    private static Task<Guest> CreateAsync(
        Api api, uint number, ulong offset = 0, string path = "", bool isReadOnly = false)
    {
        var spec = GuestMap.Spec();
        spec.MemoryRegions[0] = new MemoryRegion
        {
            Base = GuestMap.RamBase,
            SizeBytes = 0x2000,
            ReadOnly = isReadOnly,
            Shared = new SharedMemory { PeerFd = number, OffsetBytes = offset, Path = path },
        };
        return Guest.CreateAsync(api, "guest", spec);
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeMemory(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "ftruncate")]
    private static partial int Truncate(SafeFileHandle file, long sizeBytes);
}
