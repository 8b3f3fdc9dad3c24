namespace ItsService.ReferenceModel;

/// <summary>All parts of one controller, which know each other through it.</summary>
internal sealed class Machine
{
    private const ulong FrameBytes = 0x2_0000;

    public Machine(ReferenceConfiguration configuration, IReferenceMemory memory)
    {
        Configuration = configuration;
        Memory = memory;
        Distributor = new Distributor(this);
        Arbitration = new Arbitration(this);
        Sgis = new SgiGeneration(this);
        Configurations = new LpiConfigurations(this);
        Redistributors = [.. Enumerable.Range(0, VcpuCount).Select(vcpu => new Redistributor(this, vcpu))];
        CpuInterfaces = [.. Enumerable.Range(0, VcpuCount).Select(vcpu => new CpuInterface(this, vcpu))];
        Itss = [.. Enumerable.Range(0, configuration.ItsCount).Select(index => new Its(this, index))];
        Reset();
    }

    public ReferenceConfiguration Configuration { get; }

    public ReferenceProfile Profile => Configuration.Profile;

    public IReferenceMemory Memory { get; }

    public int VcpuCount => Configuration.Affinities.Count;

    public Distributor Distributor { get; }

    public Arbitration Arbitration { get; }

    public SgiGeneration Sgis { get; }

    public LpiConfigurations Configurations { get; }

    public IReadOnlyList<Redistributor> Redistributors { get; }

    public IReadOnlyList<CpuInterface> CpuInterfaces { get; }

    public IReadOnlyList<Its> Itss { get; }

    public List<(int Its, uint QueueOffset, byte Opcode, uint Code, bool Stalled)> CommandErrors { get; } = [];

    public List<ReferenceDirectLpi> DirectLpis { get; } = [];

    public List<ReferenceDoorbellWrite> IgnoredDoorbellWrites { get; } = [];

    /// <summary>The ends of interrupts that their devices want to be told of, and whose PPI each is.</summary>
    public List<(uint IntId, int? Vcpu)> Ends { get; } = [];

    /// <summary>LPIs that were pending when EnableLPIs 1 to 0 found a pending table that cannot be written.</summary>
    public long LostLpis { get; set; }

    /// <summary>The one GICR_PROPBASER of a profile that shares it: tables 9.</summary>
    public ulong SharedPropbaser { get; set; }

    public void Reset()
    {
        SharedPropbaser = Profile.LpiBaserReset;
        Configurations.Reset();
        Distributor.Reset();
        CommandErrors.Clear();
        DirectLpis.Clear();
        IgnoredDoorbellWrites.Clear();
        Ends.Clear();
        foreach (var redistributor in Redistributors)
        {
            redistributor.Reset();
        }

        foreach (var cpuInterface in CpuInterfaces)
        {
            cpuInterface.Reset();
        }

        foreach (var its in Itss)
        {
            its.Reset();
        }
    }

    /// <summary>Whether so many more LPIs may become pending in the VM: decision 0004.</summary>
    public bool MayBecomePending(int count) =>
        Redistributors.Sum(redistributor => (long)redistributor.Pending.Count) + count <= Configuration.PendingLpisMax;

    /// <summary>The vCPU that a command's RDbase field [51:16] names, if any: commands 3, decision 0004.</summary>
    public int? VcpuOf(ulong rdbaseField)
    {
        for (var vcpu = 0; vcpu < VcpuCount; vcpu++)
        {
            if ((Profile.Pta ? FrameOf(vcpu) >> 16 : (ulong)vcpu) == rdbaseField)
            {
                return vcpu;
            }
        }

        return null;
    }

    /// <summary>Where a vCPU's RD_base frame lies, or null if it has no place.</summary>
    public ulong? FrameOf(int vcpu)
    {
        if (Configuration.RedistributorRegions.Count == 0)
        {
            return Configuration.RedistributorBase + (FrameBytes * (ulong)vcpu);
        }

        var number = vcpu;
        foreach (var (regionBase, count) in Configuration.RedistributorRegions)
        {
            if (number < count)
            {
                return regionBase + (FrameBytes * (ulong)number);
            }

            number -= count;
        }

        return null;
    }

    /// <summary>GICR_TYPER.Last: rd 4, decision 0004.</summary>
    public bool IsLastFrame(int vcpu)
    {
        if (Configuration.RedistributorRegions.Count == 0)
        {
            return vcpu == VcpuCount - 1;
        }

        var behind = FrameOf(vcpu) + FrameBytes;
        var isFollowed = Enumerable.Range(0, VcpuCount).Any(other => FrameOf(other) == behind);
        return !isFollowed || (Profile.LastInEachRegion && EndsRegion(vcpu));
    }

    private bool EndsRegion(int vcpu)
    {
        var regions = Configuration.RedistributorRegions;
        return Enumerable.Range(1, regions.Count)
            .Any(some => regions.Take(some).Sum(region => region.Count) == vcpu + 1);
    }

    /// <summary>Memory attributes as they read back: gits 8.1 with the field positions of gits 11.</summary>
    public ulong Sanitised(ulong register, int innerLow, int outerLow)
    {
        if (Profile.Attributes == ReferenceAttributePolicy.KeepAll)
        {
            return register;
        }

        // Outer shareable becomes inner shareable.
        if (register.Field(11, 10) == 2)
        {
            register = register.WithField(11, 10, 1);
        }

        // Not cacheable becomes read-allocate, write-back.
        if (register.Field(innerLow + 2, innerLow) <= 1)
        {
            register = register.WithField(innerLow + 2, innerLow, 3);
        }

        // An outer cacheability of its own becomes "same as inner".
        if (register.Field(outerLow + 2, outerLow) > 1)
        {
            register = register.WithField(outerLow + 2, outerLow, 0);
        }

        return register;
    }
}
