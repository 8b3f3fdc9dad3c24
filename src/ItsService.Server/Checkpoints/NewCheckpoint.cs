using System.Buffers.Binary;
using Google.Protobuf;
using ItsService.Server.Memory;

namespace ItsService.Server.Checkpoints;

/// <summary>A checkpoint that is to be written.</summary>
/// <param name="Description">What it tells of itself; its name is added when it has one.</param>
/// <param name="State">The saved state in its envelope.</param>
/// <param name="Memory">The pages.</param>
internal sealed record NewCheckpoint(V1.SavedCheckpoint Description, ReadOnlyMemory<byte> State, MemoryImage Memory)
{
    /// <summary>What lies where in its file.</summary>
    public CheckpointLayout Layout => new(
        (uint)Description.CalculateSize(), (ulong)State.Length, (ulong)Memory.PageCount);

    /// <summary>Writes all of it to the disk.</summary>
    public void WriteTo(FileStream file, CancellationToken call)
    {
        var hashed = new HashedFile(file, call);
        Span<byte> header = stackalloc byte[CheckpointLayout.HeaderBytes];
        Layout.WriteTo(header);
        hashed.Write(header);
        hashed.Write(Description.ToByteArray());
        hashed.Write(State.Span);
        Span<byte> addressBytes = stackalloc byte[CheckpointLayout.PageAddressBytes];
        for (var index = 0; index < Memory.PageCount; index++)
        {
            var page = Memory.Page(index, out var address);
            BinaryPrimitives.WriteUInt64LittleEndian(addressBytes, address.Value);
            hashed.Write(addressBytes);
            hashed.Write(page);
        }

        hashed.Finish();
    }
}
