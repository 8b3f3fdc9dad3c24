using ItsService.Core;
using ItsService.ReferenceModel;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Running;

/// <summary>A guest's command queue as its driver treats it: slots written, and then GITS_CWRITER.</summary>
internal sealed class GuestQueue(ModelPair pair)
{
    private const int Cbaser = 0x0080;
    private const int Cwriter = 0x0088;
    private const int Creadr = 0x0090;
    private const ulong Retry = 1;

    /// <summary>Writes as many slots as there is room for; the write that makes the ITS see them.</summary>
    public WriteStep Put(SubmitStep step)
    {
        var queueBytes = ((Register(step.Its, Cbaser) & 0xFF) + 1) * 4096;
        var offset = Register(step.Its, Cwriter);
        foreach (var slot in step.Slots)
        {
            var next = (offset + Slot.SizeBytes) % queueBytes;
            if (next == ReadOffset(step.Its))
            {
                break;
            }

            pair.GuestWrites(Base(step.Its) + offset, slot.ToBytes());
            offset = next;
        }

        return new WriteStep(FrameKind.Gits, step.Its, Cwriter, 8, offset | (step.Retry ? Retry : 0));
    }

    /// <summary>Writes the slot that is read next; the write that makes the ITS read it again.</summary>
    public WriteStep Put(RepairStep step)
    {
        pair.GuestWrites(Base(step.Its) + ReadOffset(step.Its), step.Slot.ToBytes());
        return new WriteStep(FrameKind.Gits, step.Its, Cwriter, 8, Register(step.Its, Cwriter) | Retry);
    }

    private ulong Base(int its) => Register(its, Cbaser) & 0x000F_FFFF_FFFF_0000;

    private ulong ReadOffset(int its) => Register(its, Creadr) & ~1UL;

    private ulong Register(int its, int offset) =>
        pair.Reference.ReadRegister(ReferenceFrame.Its, its, (uint)offset, 8);
}
