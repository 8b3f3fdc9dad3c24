using ItsService.Core.Registers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Registers;

/// <summary>
/// Where the manual has its registers (gits-registers section 2, redistributor-lpi sections 2, 6 and 10).
/// </summary>
public class RegisterPlaceTests
{
    private const RegisterAccess ReadOnly = RegisterAccess.ReadOnly;
    private const RegisterAccess ReadWrite = RegisterAccess.ReadWrite;
    private const RegisterAccess WriteOnly = RegisterAccess.WriteOnly;
    private const RegisterAccess WriteOneToClear = RegisterAccess.WriteOneToClear;

    public static TheoryData<FrameKind, string, int, int, RegisterAccess> Registers => new()
    {
        { FrameKind.Gits, "GITS_CTLR", 0x0000, 4, ReadWrite },
        { FrameKind.Gits, "GITS_IIDR", 0x0004, 4, ReadOnly },
        { FrameKind.Gits, "GITS_TYPER", 0x0008, 8, ReadOnly },
        { FrameKind.Gits, "GITS_MPAMIDR", 0x0010, 4, ReadOnly },
        { FrameKind.Gits, "GITS_PARTIDR", 0x0014, 4, ReadWrite },
        { FrameKind.Gits, "GITS_MPIDR", 0x0018, 4, ReadOnly },
        { FrameKind.Gits, "GITS_STATUSR", 0x0040, 4, WriteOneToClear },
        { FrameKind.Gits, "GITS_UMSIR", 0x0048, 8, ReadOnly },
        { FrameKind.Gits, "GITS_CBASER", 0x0080, 8, ReadWrite },
        { FrameKind.Gits, "GITS_CWRITER", 0x0088, 8, ReadWrite },
        { FrameKind.Gits, "GITS_CREADR", 0x0090, 8, ReadOnly },
        { FrameKind.Gits, "GITS_BASER0", 0x0100, 8, ReadWrite },
        { FrameKind.Gits, "GITS_BASER7", 0x0138, 8, ReadWrite },
        { FrameKind.Gits, "GITS_PIDR4", 0xFFD0, 4, ReadOnly },
        { FrameKind.Gits, "GITS_PIDR0", 0xFFE0, 4, ReadOnly },
        { FrameKind.Gits, "GITS_PIDR2", 0xFFE8, 4, ReadOnly },
        { FrameKind.Gits, "GITS_CIDR3", 0xFFFC, 4, ReadOnly },
        { FrameKind.Gits, "GITS_TRANSLATER", 0x10040, 4, WriteOnly },
        { FrameKind.Gicr, "GICR_CTLR", 0x0000, 4, ReadWrite },
        { FrameKind.Gicr, "GICR_IIDR", 0x0004, 4, ReadOnly },
        { FrameKind.Gicr, "GICR_TYPER", 0x0008, 8, ReadOnly },
        { FrameKind.Gicr, "GICR_STATUSR", 0x0010, 4, ReadWrite },
        { FrameKind.Gicr, "GICR_WAKER", 0x0014, 4, ReadWrite },
        { FrameKind.Gicr, "GICR_MPAMIDR", 0x0018, 4, ReadOnly },
        { FrameKind.Gicr, "GICR_PARTIDR", 0x001C, 4, ReadWrite },
        { FrameKind.Gicr, "GICR_SETLPIR", 0x0040, 8, WriteOnly },
        { FrameKind.Gicr, "GICR_CLRLPIR", 0x0048, 8, WriteOnly },
        { FrameKind.Gicr, "GICR_PROPBASER", 0x0070, 8, ReadWrite },
        { FrameKind.Gicr, "GICR_PENDBASER", 0x0078, 8, ReadWrite },
        { FrameKind.Gicr, "GICR_INVLPIR", 0x00A0, 8, WriteOnly },
        { FrameKind.Gicr, "GICR_INVALLR", 0x00B0, 8, WriteOnly },
        { FrameKind.Gicr, "GICR_SYNCR", 0x00C0, 4, ReadOnly },
        { FrameKind.Gicr, "GICR_PIDR2", 0xFFE8, 4, ReadOnly },
        { FrameKind.Gicr, "GICR_IGROUPR0", 0x10080, 4, ReadWrite },
        { FrameKind.Gicr, "GICR_ISENABLER0", 0x10100, 4, ReadWrite },
        { FrameKind.Gicr, "GICR_IPRIORITYR7", 0x1041C, 4, ReadWrite },
        { FrameKind.Gicr, "GICR_ICFGR1", 0x10C04, 4, ReadWrite },
        { FrameKind.Gicd, "GICD_CTLR", 0x0000, 4, ReadWrite },
        { FrameKind.Gicd, "GICD_TYPER", 0x0004, 4, ReadOnly },
        { FrameKind.Gicd, "GICD_IIDR", 0x0008, 4, ReadOnly },
        { FrameKind.Gicd, "GICD_TYPER2", 0x000C, 4, ReadOnly },
        { FrameKind.Gicd, "GICD_STATUSR", 0x0010, 4, ReadWrite },
        { FrameKind.Gicd, "GICD_ITARGETSR8", 0x0820, 4, ReadWrite },
        { FrameKind.Gicd, "GICD_IROUTER32", 0x6100, 8, ReadWrite },
        { FrameKind.Gicd, "GICD_IROUTER1019", 0x7FD8, 8, ReadWrite },
        { FrameKind.Gicd, "GICD_PIDR2", 0xFFE8, 4, ReadOnly },
    };

    [Theory]
    [MemberData(nameof(Registers))]
    public void Register_is_where_the_manual_has_it(
        FrameKind frame, string name, int offset, int widthBytes, RegisterAccess access)
    {
        var row = Named.Map(frame).Rows.Single(
            row => offset >= row.Offset && offset < row.Offset + (row.Count * row.WidthBytes));

        Assert.Equal(name, row.NameOf((offset - row.Offset) / row.WidthBytes));
        Assert.Equal(widthBytes, row.WidthBytes);
        Assert.Equal(access, row.Access);
    }

    [Theory]
    [InlineData(FrameKind.Gits)]
    [InlineData(FrameKind.Gicr)]
    [InlineData(FrameKind.Gicd)]
    public void Fields_of_a_register_do_not_overlap_and_fit(FrameKind frame)
    {
        foreach (var row in Named.Map(frame).Rows)
        {
            var taken = 0UL;
            foreach (var field in row.Fields)
            {
                Assert.True(field.High >= field.Low && field.High < row.WidthBytes * 8, $"{row.Name}.{field.Name}");
                Assert.True((taken & Bits.Mask(field.High, field.Low)) == 0, $"{row.Name}.{field.Name}");
                taken |= Bits.Mask(field.High, field.Low);
            }
        }
    }

    [Fact]
    public void Overlapping_rows_are_refused()
    {
        var wide = RowBuilder.ReadWrite64(RegisterId.GitsCbaser, "WIDE", 0x0, ulong.MaxValue);
        var narrow = RowBuilder.ReadWrite32(RegisterId.GitsCtlr, "NARROW", 0x4, uint.MaxValue);

        Assert.Throws<ArgumentException>(() => new RegisterMap(0x100, [wide, narrow]));
    }

    [Fact]
    public void Map_covers_its_rows_and_nothing_else()
    {
        var map = new RegisterMap(
            0x100, [RowBuilder.ReadWrite64(RegisterId.GitsCbaser, "A", 0x10, 0) with { Count = 2 }]);

        Assert.Equal(
            [0x10, 0x14, 0x18, 0x1C],
            Enumerable.Range(0, 0x100 / 4).Select(word => word * 4).Where(map.Exists));
        Assert.False(map.Exists(-4));
        Assert.False(map.Exists(0x100));
    }
}
