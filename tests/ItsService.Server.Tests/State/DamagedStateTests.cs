using System.Buffers.Binary;
using System.IO.Hashing;
using Grpc.Core;
using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Protocol.V1;
using ItsService.Server.Errors;
using ItsService.Server.State;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using Refusal = ItsService.Server.Tests.Refusals.Refusal;

namespace ItsService.Server.Tests.State;

/// <summary>A state that is not as it was saved is refused or is another right one; it never does harm.</summary>
public class DamagedStateTests
{
    [Fact]
    public async Task State_cut_at_any_byte_is_refused()
    {
        var (blob, shape) = await SavedAsync();

        for (var length = 0; length < blob.Length; length++)
        {
            AssertCorrupt(blob[..length], shape);
        }

        AssertCorrupt([.. blob, 0], shape);
    }

    [Fact]
    public async Task State_with_any_bit_flipped_is_refused()
    {
        var (blob, shape) = await SavedAsync();

        for (var bit = 0; bit < 8 * blob.Length; bit++)
        {
            blob[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertCorrupt(blob, shape);
            blob[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    /// <summary>As somebody would do it on purpose: what is behind the checksum must not trust it.</summary>
    [Fact]
    public async Task Message_with_any_bit_flipped_under_a_right_checksum_does_no_harm()
    {
        var (blob, shape) = await SavedAsync();
        var gic = new VirtualGic(shape, new SparseGuestMemory([]));
        gic.Pause();
        Restore(gic, blob, shape);
        var (refusedCount, takenCount) = (0, 0);

        for (var bit = 8 * StateEnvelope.HeaderBytes; bit < 8 * blob.Length; bit++)
        {
            var damaged = (byte[])blob.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Reseal(damaged);
            if (Restore(gic, damaged, shape))
            {
                takenCount++;
                // It is a right state, so it comes back as it is.
                Assert.True(Restore(gic, StateBlob.Seal(gic.Persistence.Save(), shape).Bytes.ToArray(), shape));
                Assert.True(Restore(gic, blob, shape));
            }
            else
            {
                refusedCount++;
            }

            Assert.Equal(blob, StateBlob.Seal(gic.Persistence.Save(), shape).Bytes.ToArray());
        }

        Assert.True(refusedCount > 1000 && takenCount > 100, $"{refusedCount} were refused and {takenCount} taken");
    }

    [Fact]
    public async Task Message_cut_at_any_byte_under_a_right_header_does_no_harm()
    {
        var (blob, shape) = await SavedAsync();
        var gic = new VirtualGic(shape, new SparseGuestMemory([]));
        gic.Pause();

        for (var length = StateEnvelope.HeaderBytes; length < blob.Length; length++)
        {
            var cut = blob[..length];
            BinaryPrimitives.WriteUInt32LittleEndian(cut.AsSpan(12), (uint)(length - StateEnvelope.HeaderBytes));
            Reseal(cut);
            Restore(gic, cut, shape);
        }

        Assert.True(Restore(gic, blob, shape));
    }

    [Theory]
    [InlineData(0, "an empty one")]
    [InlineData(5000, "zeros")]
    public async Task Bytes_that_are_no_state_are_refused(int length, string what)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var before = await server.Tcp.SaveAsync(guest.Name);

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreAsync(guest.Name, new byte[length]));

        Assert.True(refusal.Detail.Reason == ErrorReason.StateCorrupt, what);
        Assert.Equal(("state", guest.Name), (refusal.Detail.Field, refusal.Detail.Resource));
        Assert.Equal(before.Blob, (await server.Tcp.SaveAsync(guest.Name)).Blob);
    }

    [Fact]
    public async Task State_of_a_newer_version_is_refused()
    {
        var (blob, shape) = await SavedAsync();
        blob[8] = 2;
        var problems = new RequestProblems("");

        Assert.Null(StateEnvelope.Open(blob, problems));

        var refusal = Refusal.Of(Assert.Throws<RpcException>(problems.ThrowIfAny));
        new Expected(StatusCode.InvalidArgument, ErrorReason.Unsupported, "state") { Accepted = "version 1" }
            .AssertMet(refusal);
        Assert.NotNull(shape);
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_state_is_told_and_nothing_changes()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var before = await server.Tcp.SaveAsync(guest.Name);
        var state = SavedState.Parser.ParseFrom(before.Blob.AsSpan(StateEnvelope.HeaderBytes));
        state.Its[0].ReadOffset = 33;
        state.Redistributors[1].PendingLpis = Google.Protobuf.ByteString.CopyFrom(1, 0, 0, 0);
        state.CpuInterfaces[0].PriorityMask = 7;

        var refusal = await Refusal.OfAsync(
            () => server.Tcp.RestoreAsync(guest.Name, StateEnvelope.Seal(state).Bytes.ToArray()));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Equal(
            ["cpu_interface[0].ICC_PMR_EL1", "its[0].GITS_CREADR", "redistributor[1].pending"],
            refusal.Details.Select(detail => detail.Field).Order(StringComparer.Ordinal));
        Assert.Equal(before.Blob, (await server.Tcp.SaveAsync(guest.Name)).Blob);
    }

    private static async Task<(byte[] Blob, VirtualGicConfiguration Shape)> SavedAsync()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        await StagedRegister.WriteAsync(server, guest, StagedRegister.Ctlr, 1);
        return ((await server.Tcp.SaveAsync(guest.Name)).Blob, server.Host(guest.Name).Shape);
    }

    private static void AssertCorrupt(byte[] blob, VirtualGicConfiguration shape)
    {
        var refusal = Refusal.Of(
            Assert.Throws<RpcException>(() => StateBlob.Open(blob, shape, new RequestProblems(""))));
        Assert.Contains(refusal.Detail.Reason, new[] { ErrorReason.StateCorrupt, ErrorReason.Unsupported });
    }

    private static void Reseal(byte[] blob) => BinaryPrimitives.WriteUInt64LittleEndian(
        blob.AsSpan(16), XxHash3.HashToUInt64(blob.AsSpan(StateEnvelope.HeaderBytes)));

    /// <summary>Whether it was taken; a refusal is in the form of all refusals.</summary>
    private static bool Restore(VirtualGic gic, byte[] blob, VirtualGicConfiguration shape)
    {
        try
        {
            return gic.Persistence.Restore(StateBlob.Open(blob, shape, new RequestProblems(""))).Count == 0;
        }
        catch (RpcException refusal)
        {
            Refusal.Of(refusal);
            return false;
        }
    }
}
