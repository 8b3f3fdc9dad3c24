using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Generation;

/// <summary>What a generator must know of a shape that its profile decides.</summary>
internal static class ShapeFacts
{
    private const int KvmPageSizes = 4;
    private const int AllPageSizes = 7;

    public static int EventIdBits(this Shape shape) => shape.Options.GetValueOrDefault(ShapeOption.EventIdBits, 16);

    public static int DeviceIdBits(this Shape shape) => shape.Options.GetValueOrDefault(ShapeOption.DeviceIdBits, 16);

    public static int CollectionIdBits(this Shape shape) =>
        shape.Options.GetValueOrDefault(ShapeOption.CollectionIdBits, 16);

    public static int IntIdBits(this Shape shape) => shape.Options.GetValueOrDefault(ShapeOption.IntIdBits, 16);

    public static int IntIdLines(this Shape shape) => shape.Options.GetValueOrDefault(ShapeOption.IntIdLines, 256);

    public static bool HasTwoLevelCollections(this Shape shape) =>
        shape.Options.GetValueOrDefault(
            ShapeOption.TwoLevelCollections, shape.Profile == ShapeProfile.Qemu ? 1 : 0) == 1;

    /// <summary>The encodings of GITS_BASERn.Page_Size that there are, largest last.</summary>
    public static uint[] PageSizeEncodings(this Shape shape) =>
    [
        .. PageSizeField.Encodings(shape.Options.GetValueOrDefault(
            ShapeOption.PageSizes, shape.Profile == ShapeProfile.Qemu ? AllPageSizes : KvmPageSizes)),
    ];

    /// <summary>What RDbase is in a command to a vCPU, which need not be there.</summary>
    public static ulong RdBase(this Shape shape, int vcpu) => shape[ShapeOption.PhysicalTargets] == 1
        ? shape.FrameOf(vcpu) >> 16
        : (ulong)vcpu;
}
