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
    private const int PriorityCount = 256;
    private const short Nobody = -1;
    private const short NotLookedFor = -2;

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
        if (_areAnyWaiting || _areAnyOffered)
        {
            Span<uint> offers = stackalloc uint[2 * VirtualGicConfiguration.VcpuCountMax];
            offers = offers[..(2 * parts.Redistributors.Length)];
            offers.Fill(InterruptRank.None);
            _areAnyWaiting = Choose(offers);
            Take(offers);
        }
    }

    private bool Choose(Span<uint> offers)
    {
        var areAnyWaiting = false;
        // By group and priority: of those there are few, and each is looked for once.
        Span<short> chosen = stackalloc short[2 * PriorityCount];
        chosen.Fill(NotLookedFor);
        foreach (var bank in spis.Banks)
        {
            for (var left = spis.OneOfN(bank, bank.Waiting); left != 0; left &= left - 1)
            {
                areAnyWaiting = true;
                var number = BitOperations.TrailingZeroCount(left);
                var isGroup1 = bank.IsInGroup1(number);
                ref var vcpu = ref chosen[(isGroup1 ? PriorityCount : 0) + bank.PriorityOf(number)];
                vcpu = vcpu == NotLookedFor ? FirstThatCouldTake(bank.PriorityOf(number), isGroup1) : vcpu;
                if (vcpu != Nobody)
                {
                    ref var offer = ref offers[(2 * vcpu) + (isGroup1 ? 1 : 0)];
                    offer = Math.Min(offer, InterruptRank.Of(bank.IntIdOf(number), bank.PriorityOf(number)));
                }
            }
        }

        return areAnyWaiting;
    }

    private short FirstThatCouldTake(byte priority, bool isGroup1)
    {
        for (short vcpu = 0; vcpu < parts.Redistributors.Length; vcpu++)
        {
            if (parts.Redistributors[vcpu].TakesPartInOneOfN(isGroup1)
                && parts.CpuInterfaces[vcpu].Forwards(isGroup1)
                && parts.CpuInterfaces[vcpu].CouldTake(priority, isGroup1))
            {
                return vcpu;
            }
        }

        return Nobody;
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
}
