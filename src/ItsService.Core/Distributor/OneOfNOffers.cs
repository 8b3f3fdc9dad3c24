using System.Numerics;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Distributor;

/// <summary>
/// Which vCPU an SPI comes to that may go to any (decision 0007): the one of the lowest number that takes part and
/// could take it now. The choice depends on what is so at the end of an entry into the controller and on nothing
/// before, and costs nothing while no such SPI waits.
/// </summary>
internal sealed class OneOfNOffers(GicParts parts, SpiTargets spis)
{
    private bool _areAnyWaiting;
    private bool _areAnyOffered;

    /// <summary>Such an SPI has changed.</summary>
    public void Touch()
    {
        _areAnyWaiting = true;
        // Something must bring about the look at the lines.
        parts.Lines.Touch(new VcpuIndex(0));
    }

    /// <summary>Chooses anew. What changes for a vCPU has its line looked at.</summary>
    public void Refresh()
    {
        // What most entries come to; the rest, which needs room on the stack, is kept out of them.
        if (_areAnyWaiting || _areAnyOffered)
        {
            ChooseAnew();
        }
    }

    private void ChooseAnew()
    {
        // Two looks at each vCPU, and one at what is offered to it.
        parts.Work.AddLooks(3 * parts.Redistributors.Length);
        Span<uint> offers = stackalloc uint[2 * VirtualGicConfiguration.VcpuCountMax];
        offers = offers[..(2 * parts.Redistributors.Length)];
        offers.Fill(InterruptRank.None);
        _areAnyWaiting = Choose(offers, isGroup1: false) | Choose(offers, isGroup1: true);
        Take(offers);
    }

    private bool Choose(Span<uint> offers, bool isGroup1)
    {
        Span<Step> steps = stackalloc Step[byte.MaxValue];
        steps = steps[..FindSteps(steps, isGroup1)];
        var areAnyWaiting = false;
        foreach (var bank in spis.Banks)
        {
            var waiting = bank.Waiting & (isGroup1 ? bank.Group1 : ~bank.Group1);
            for (var left = spis.OneOfN(bank, waiting); left != 0; left &= left - 1)
            {
                areAnyWaiting = true;
                var number = BitOperations.TrailingZeroCount(left);
                if (FirstThatCouldTake(bank.PriorityOf(number), steps) is { } vcpu)
                {
                    ref var offer = ref offers[(2 * vcpu) + (isGroup1 ? 1 : 0)];
                    offer = Math.Min(offer, InterruptRank.Of(bank.IntIdOf(number), bank.PriorityOf(number)));
                }
            }
        }

        return areAnyWaiting;
    }

    /// <summary>
    /// The vCPUs in order, without those that could take nothing that one before them could not: there are no more of
    /// these than priorities.
    /// </summary>
    private int FindSteps(Span<Step> steps, bool isGroup1)
    {
        var count = 0;
        for (var vcpu = 0; vcpu < parts.Redistributors.Length; vcpu++)
        {
            var limit = parts.Redistributors[vcpu].TakesPartInOneOfN(isGroup1)
                ? parts.CpuInterfaces[vcpu].LimitWhereForwarded(isGroup1)
                : 0;
            if (limit > (count == 0 ? 0 : steps[count - 1].Limit))
            {
                steps[count++] = new Step(vcpu, limit);
            }
        }

        return count;
    }

    private static int? FirstThatCouldTake(byte priority, ReadOnlySpan<Step> steps)
    {
        foreach (var step in steps)
        {
            if (priority < step.Limit)
            {
                return step.Vcpu;
            }
        }

        return null;
    }

    private void Take(ReadOnlySpan<uint> offers)
    {
        _areAnyOffered = false;
        for (var vcpu = 0; vcpu < parts.Redistributors.Length; vcpu++)
        {
            var direct = parts.Redistributors[vcpu].Direct;
            var (offer0, offer1) = (offers[2 * vcpu], offers[(2 * vcpu) + 1]);
            _areAnyOffered |= offer0 != InterruptRank.None || offer1 != InterruptRank.None;
            if (direct.OneOfN0 != offer0 || direct.OneOfN1 != offer1)
            {
                (direct.OneOfN0, direct.OneOfN1) = (offer0, offer1);
                parts.Lines.Touch(new VcpuIndex(vcpu));
            }
        }
    }

    /// <summary>A vCPU, and the priority value below which it takes interrupts.</summary>
    private readonly record struct Step(int Vcpu, int Limit);
}
