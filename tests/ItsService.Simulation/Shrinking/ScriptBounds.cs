using ItsService.Core;
using ItsService.Core.Registers;
using ItsService.Simulation.Shapes;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Shrinking;

/// <summary>Whether the steps of a script name only vCPUs, ITSs and places that its shape has.</summary>
internal static class ScriptBounds
{
    public static bool Fits(Script script) => FitsItself(script.Shape) && Offender(script) is null;

    /// <summary>The first step that does not, or null.</summary>
    public static SimulationStep? Offender(Script script) => script.Steps.FirstOrDefault(step => !Fits(script, step));

    /// <summary>Unmapped messages are recorded in GITS_STATUSR or nowhere; a region has vCPUs.</summary>
    private static bool FitsItself(Shape shape) =>
        (shape[ShapeOption.UnmappedRecord] == 0 || shape[ShapeOption.StatusRegister] == 1)
        && shape[ShapeOption.SecondRegionFrom] < shape.VcpuCount;

    private static bool Fits(Script script, SimulationStep step) => step switch
    {
        ReadStep read => Fits(script, read.Frame, read.Index, read.Offset),
        WriteStep write => Fits(script, write.Frame, write.Index, write.Offset),
        SystemReadStep read => read.Vcpu < script.Shape.VcpuCount,
        SystemWriteStep write => write.Vcpu < script.Shape.VcpuCount,
        MessageStep message => message.Its < script.Shape.ItsCount,
        SubmitStep submit => submit.Its < script.Shape.ItsCount,
        // Core wants at least one command.
        PlaceStep place => place.Its < script.Shape.ItsCount && place.Slots.Count > 0,
        RepairStep repair => repair.Its < script.Shape.ItsCount,
        _ => true,
    };

    private static bool Fits(Script script, FrameKind frame, int index, int offset) => frame switch
    {
        FrameKind.Gicd => index == 0 && offset < GicdMap.FrameSizeBytes,
        FrameKind.Gicr => index < script.Shape.VcpuCount && offset < GicrMap.FrameSizeBytes,
        _ => index < script.Shape.ItsCount && offset < GitsMap.FrameSizeBytes,
    };
}
