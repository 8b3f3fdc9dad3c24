using ItsService.Core;
using ItsService.Core.State;
using ItsService.ReferenceModel;
using ItsService.Simulation.Memory;
using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Running;

/// <summary>The two models, each with guest memory of its own that begins alike.</summary>
internal sealed class ModelPair
{
    private readonly GuestRam _coreRam = new();
    private readonly GuestRam _referenceRam = new();

    /// <param name="shape">The controller.</param>
    /// <param name="alterCore">Makes Core differ on purpose: what the tests of the simulator itself do.</param>
    public ModelPair(Shape shape, Func<VirtualGicConfiguration, VirtualGicConfiguration>? alterCore = null)
    {
        Shape = shape;
        CoreMemory = new CoreMemory(_coreRam, Faults, Residency);
        ReferenceMemory = new ReferenceMemory(_referenceRam, Faults);
        var configuration = CoreShape.Of(shape);
        Core = new VirtualGic(alterCore is null ? configuration : alterCore(configuration), CoreMemory);
        FirstState = Core.Persistence.Save();
        Reference = new ReferenceGic(ReferenceShape.Of(shape), ReferenceMemory);
    }

    public Shape Shape { get; }

    public VirtualGic Core { get; }

    /// <summary>The state that Core began with.</summary>
    public GicState FirstState { get; }

    public ReferenceGic Reference { get; }

    public CoreMemory CoreMemory { get; }

    public ReferenceMemory ReferenceMemory { get; }

    public MemoryFaults Faults { get; } = new();

    public Residency Residency { get; } = new();

    /// <summary>The guest writes its memory; where there is none nothing happens.</summary>
    public void GuestWrites(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (GuestMap.Find(address, (ulong)bytes.Length) is not null)
        {
            _coreRam.Write(address, bytes);
            _referenceRam.Write(address, bytes);
        }
    }

    /// <summary>The first address at which guest memory differs, in a range or anywhere, or null.</summary>
    public ulong? FirstMemoryDifference(ulong address, ulong length) =>
        GuestRam.FirstDifference(_coreRam, _referenceRam, address, length);

    /// <summary>The same anywhere.</summary>
    public ulong? FirstMemoryDifference() => GuestRam.FirstDifference(_coreRam, _referenceRam);

    /// <summary>A byte of guest memory as both see it.</summary>
    public (byte Core, byte Reference) MemoryByte(ulong address)
    {
        Span<byte> bytes = stackalloc byte[2];
        _coreRam.Read(address, bytes[..1]);
        _referenceRam.Read(address, bytes[1..]);
        return (bytes[0], bytes[1]);
    }

    /// <summary>A frame by the reference's name.</summary>
    public static ReferenceFrame FrameOf(FrameKind frame) => frame switch
    {
        FrameKind.Gicd => ReferenceFrame.Distributor,
        FrameKind.Gicr => ReferenceFrame.Redistributor,
        _ => ReferenceFrame.Its,
    };
}
