using Google.Protobuf;
using ItsService.Server.Tests.Guests;

namespace ItsService.Server.Tests.Attributes;

/// <summary>Guest memory as a VMM copies it from one VM to another: all that a guest of these tests uses.</summary>
internal static class GuestRam
{
    private const ulong ChunkBytes = 1 << 20;

    private static readonly (ulong Start, ulong End)[] Used =
    [
        (GuestMap.ConfigurationTable, GuestMap.PendingTable(16)),
        (GuestMap.Queue(0), GuestMap.Queue(1)),
    ];

    public static async Task CopyAsync(Guest from, Guest to)
    {
        foreach (var (start, end) in Used)
        {
            for (var address = start; address < end; address += ChunkBytes)
            {
                var data = await from.ReadMemoryAsync(address, Math.Min(ChunkBytes, end - address));
                if (data.Span.IndexOfAnyExcept((byte)0) >= 0)
                {
                    await to.WriteMemoryAsync(address, data);
                }
            }
        }
    }

    /// <summary>
    /// Overwrites a part of the queue with what is no command, as a guest may that has seen it consumed.
    /// </summary>
    public static Task SpoilQueueAsync(Guest guest, ulong from, ulong to)
    {
        var garbage = new byte[to - from];
        Array.Fill(garbage, (byte)0xEE);
        return guest.WriteMemoryAsync(GuestMap.Queue(0) + from, ByteString.CopyFrom(garbage));
    }
}
