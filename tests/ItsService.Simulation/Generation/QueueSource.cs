using ItsService.Core;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Generation;

/// <summary>An ITS switched off and on, and its queue as no driver treats it.</summary>
internal sealed class QueueSource(Prng prng, Mode mode, CommandSource commands)
{
    private const int Cbaser = 0x0080;
    private const int Cwriter = 0x0088;
    private const int Creadr = 0x0090;
    private const ulong Valid = 1UL << 63;

    private Plan Plan => mode.Plan;

    /// <summary>Disabled, perhaps with other registers, and enabled.</summary>
    public IEnumerable<SimulationStep> Toggle(ItsPlan its)
    {
        yield return new WriteStep(FrameKind.Gits, its.Index, 0x0000, 4, 0);
        if (prng.Percent(30))
        {
            yield return Baser(its, prng.Below(2));
        }

        if (prng.Percent(30))
        {
            yield return new WriteStep(
                FrameKind.Gits, its.Index, Cbaser, 8, prng.Pick(its.Cbaser, its.Cbaser, its.Cbaser ^ Valid));
        }

        if (prng.Percent(20))
        {
            yield return new SubmitStep(its.Index, false, [commands.Any(its), commands.Any(its)]);
        }

        yield return new WriteStep(FrameKind.Gits, its.Index, 0x0000, 4, 1);
    }

    /// <summary>Something that is wrong with a queue.</summary>
    public IEnumerable<SimulationStep> Abuse(ItsPlan its) => prng.Below(8) switch
    {
        0 => [Write(its, Cwriter, 8, Offset(its) | prng.Bits(1))],
        1 => [Write(its, Cwriter, 8, prng.Pick<ulong>((ulong)its.QueueBytes, 0xF_FFE0, prng.Next()))],
        2 => [Write(its, Cwriter, 4, Offset(its) | prng.Bits(5))],
        3 => [Write(its, Cwriter + 4, 4, prng.Bits(32))],
        4 => [Write(its, Creadr, 8, Offset(its))],
        5 => [Write(its, Cbaser, 8, its.Cbaser)],
        _ => Rewrite(its),
    };

    /// <summary>
    /// A command that may be repaired, or not, where the queue stands still; or the queue begun anew.
    /// </summary>
    public IEnumerable<SimulationStep> Repair(ItsPlan its) => prng.Below(10) switch
    {
        0 => Toggle(its),
        1 or 2 => [new SubmitStep(its.Index, Retry: true, [commands.Any(its)])],
        < 6 => [new RepairStep(its.Index, new Slot(0x05, 0, 0, 0))],
        _ => [new RepairStep(its.Index, commands.Any(its))],
    };

    /// <summary>Slots anywhere in the queue, consumed ones and waiting ones alike.</summary>
    private IEnumerable<SimulationStep> Rewrite(ItsPlan its)
    {
        var count = prng.Between(1, 4);
        for (var index = 0; index < count; index++)
        {
            var slot = prng.Percent(50) ? commands.Garbage() : commands.Any(its);
            yield return new MemoryStep(its.QueueAddress + Offset(its), slot.ToBytes());
        }
    }

    private WriteStep Baser(ItsPlan its, int number)
    {
        var present = (number == 0 ? its.DeviceTable : its.CollectionTable).Baser;
        return Write(its, 0x0100 + (8 * number), 8, prng.Below(6) switch
        {
            0 => present ^ Valid,
            1 => present + 1,
            2 => present ^ (1UL << 62),
            3 => present ^ (1UL << prng.Below(64)),
            4 => present ^ (prng.Bits(2) << 8),
            _ => present,
        });
    }

    private ulong Offset(ItsPlan its) =>
        (ulong)(Slot.SizeBytes * prng.Below(Math.Min(its.QueueBytes, Plan.QueueBytesInPlay) / Slot.SizeBytes));

    private static WriteStep Write(ItsPlan its, int offset, int size, ulong value) =>
        new(FrameKind.Gits, its.Index, offset, size, value);
}
