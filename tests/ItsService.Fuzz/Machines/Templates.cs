using ItsService.Core;
using ItsService.Core.State;
using ItsService.Fuzz.Engine;

namespace ItsService.Fuzz.Machines;

/// <summary>
/// A machine that has run for a while, as it can be had again and again: its state, and its memory with the tables
/// written there.
/// </summary>
internal sealed class Template
{
    private static readonly Lazy<Template>[] All =
    [
        .. MachineShapes.All.SelectMany(shape => new[] { false, true }.Select(
            twoLevel => new Lazy<Template>(() => new Template(shape, twoLevel)))),
    ];

    private readonly FuzzMemory _memory;

    private Template(VirtualGicConfiguration shape, bool twoLevel)
    {
        var machine = Guest.Make(shape, twoLevel);
        machine.Gic.Pause();
        for (var its = 0; its < shape.ItsCount; its++)
        {
            Require(machine.Gic.Userspace.SaveTables(its).IsDone);
        }

        Require(machine.Gic.Userspace.SavePendingTables().IsDone);
        Shape = shape;
        State = machine.Gic.Persistence.Save();
        Registers = AttributeRegisters.Read(machine);
        _memory = machine.Memory;
    }

    /// <summary>The machine's shape.</summary>
    public VirtualGicConfiguration Shape { get; }

    /// <summary>Its state.</summary>
    public GicState State { get; }

    /// <summary>Its registers, as attributes showed them.</summary>
    public IReadOnlyList<AttributeValue> Registers { get; }

    /// <summary>The template of a shape, with flat or two-level tables.</summary>
    public static Template Of(int shape, bool twoLevel) =>
        All[(shape % MachineShapes.All.Count * 2) + (twoLevel ? 1 : 0)].Value;

    /// <summary>A machine as new, over memory with the tables.</summary>
    public Machine MakeEmpty() => new(Shape, _memory.Copy());

    private static void Require(bool isSo) => BrokenPromiseException.ThrowUnless(isSo, "a template cannot be saved");
}
