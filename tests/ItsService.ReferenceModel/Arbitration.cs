namespace ItsService.ReferenceModel;

/// <summary>Which interrupts come to which vCPU, and which of them comes first: rd 8.2, 9.2, 10.3.</summary>
internal sealed class Arbitration(Machine machine)
{
    /// <summary>
    /// Among those pending and enabled of enabled groups the lowest priority value, then the lowest INTID. Neither the
    /// mask nor the running priority counts: decision 0004.
    /// </summary>
    public Candidate? HighestPending(int vcpu)
    {
        Candidate? best = null;
        foreach (var candidate in CandidatesOf(vcpu))
        {
            if (best is not { } present
                || (candidate.Priority, candidate.IntId).CompareTo((present.Priority, present.IntId)) < 0)
            {
                best = candidate;
            }
        }

        return best;
    }

    /// <summary>An interrupt of its own, or an SPI, by INTID.</summary>
    public Interrupt? Find(int vcpu, uint intId) =>
        machine.Redistributors[vcpu].Interrupts.GetValueOrDefault(intId)
        ?? machine.Distributor.Spis.GetValueOrDefault(intId);

    private IEnumerable<Candidate> CandidatesOf(int vcpu)
    {
        var redistributor = machine.Redistributors[vcpu];

        foreach (var lpi in redistributor.Pending)
        {
            if (IsForwarded(vcpu, group1: true) && machine.Configurations.Read(lpi) is (true, var priority))
            {
                yield return new Candidate(lpi, priority, Group1: true);
            }
        }

        foreach (var interrupt in redistributor.Interrupts.Values.Where(each => IsOffered(each, vcpu)))
        {
            yield return CandidateOf(interrupt);
        }

        foreach (var spi in machine.Distributor.Spis.Values.Where(each => IsOffered(each, vcpu)))
        {
            if (TargetOf(spi) == vcpu)
            {
                yield return CandidateOf(spi);
            }
        }
    }

    private bool IsForwarded(int vcpu, bool group1) =>
        machine.Distributor.IsEnabled(group1) && machine.CpuInterfaces[vcpu].IsEnabled(group1);

    private bool IsOffered(Interrupt interrupt, int vcpu) =>
        interrupt is { IsPending: true, Enabled: true, Active: false } && IsForwarded(vcpu, interrupt.Group1);

    /// <summary>rd 10.3: the PE with exactly that affinity, or any one that takes part.</summary>
    private int? TargetOf(Interrupt spi)
    {
        for (var vcpu = 0; vcpu < machine.VcpuCount; vcpu++)
        {
            if (spi.Route.Bit(31) ? CouldTakeOneOfN(vcpu, spi) : HasAffinity(vcpu, spi.Route))
            {
                return vcpu;
            }
        }

        return null;
    }

    private bool HasAffinity(int vcpu, ulong route)
    {
        var affinity = (ulong)machine.Configuration.Affinities[vcpu];
        var isAff3Same = !machine.Profile.GicdAff3Valid || affinity.Field(31, 24) == route.Field(39, 32);
        return isAff3Same && affinity.Field(23, 0) == route.Field(23, 0);
    }

    /// <summary>rd 5: a redistributor that is asleep takes no part: decision 0007.</summary>
    private bool CouldTakeOneOfN(int vcpu, Interrupt spi)
    {
        var redistributor = machine.Redistributors[vcpu];
        return !redistributor.IsAsleep
            && IsForwarded(vcpu, spi.Group1)
            && !redistributor.IsBarredFromOneOfN(spi.Group1)
            && machine.CpuInterfaces[vcpu].CouldTake(CandidateOf(spi));
    }

    private static Candidate CandidateOf(Interrupt interrupt) =>
        new(interrupt.IntId, interrupt.Priority, interrupt.Group1);
}
