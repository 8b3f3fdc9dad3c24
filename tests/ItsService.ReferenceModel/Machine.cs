namespace ItsService.ReferenceModel;

/// <summary>All parts of one controller, which know each other through it.</summary>
internal sealed class Machine
{
    public Machine(ReferenceConfiguration configuration, IReferenceMemory memory)
    {
        Configuration = configuration;
        Memory = memory;
        Distributor = new Distributor(this);
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

    public LpiConfigurations Configurations { get; }

    public IReadOnlyList<Redistributor> Redistributors { get; }

    public IReadOnlyList<CpuInterface> CpuInterfaces { get; }

    public IReadOnlyList<Its> Itss { get; }

    public List<(int Its, uint QueueOffset, byte Opcode, uint Code, bool Stalled)> CommandErrors { get; } = [];

    /// <summary>The one GICR_PROPBASER of a profile that shares it: tables 9.</summary>
    public ulong SharedPropbaser { get; set; }

    public void Reset()
    {
        SharedPropbaser = Profile.LpiBaserReset;
        Configurations.Reset();
        Distributor.Reset();
        CommandErrors.Clear();
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

    /// <summary>The vCPU that a command's RDbase field [51:16] names, if any: commands 3, decision 0004.</summary>
    public int? VcpuOf(ulong rdbaseField)
    {
        for (var vcpu = 0; vcpu < VcpuCount; vcpu++)
        {
            var name = Profile.Pta
                ? (Configuration.RedistributorBase + (0x2_0000UL * (ulong)vcpu)) >> 16
                : (ulong)vcpu;
            if (name == rdbaseField)
            {
                return vcpu;
            }
        }

        return null;
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
