using ItsService.Core;

namespace ItsService.Server.Attributes;

/// <summary>
/// How KVM describes a region of redistributors in one value:
/// <c>63:52 count | 51:16 base | 15:12 flags, none so far | 11:0 index</c>.
/// </summary>
internal readonly record struct RegionDescriptor(ulong Raw)
{
    private const int CountShift = 52;
    private const int FlagsShift = 12;
    private const ulong IndexMask = 0xFFF;
    private const ulong FlagsMask = 0xF;
    private const ulong BaseMask = 0x000F_FFFF_FFFF_0000;

    public uint Count => (uint)(Raw >> CountShift);

    public ulong Base => Raw & BaseMask;

    public uint Flags => (uint)((Raw >> FlagsShift) & FlagsMask);

    public uint Index => IndexOf(Raw);

    public static uint IndexOf(ulong raw) => (uint)(raw & IndexMask);

    public static ulong Of(RedistributorRegion region, int index) =>
        ((ulong)region.Count << CountShift) | region.Base.Value | (uint)index;
}
