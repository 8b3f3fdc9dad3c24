namespace ItsService.Core.Userspace;

/// <summary>
/// What was written from outside the guest while the VM is Paused: the registers that depend on one another, in
/// whatever order they came. A commit takes them all at once.
/// </summary>
internal sealed class UserspaceStage(int itsCount, int vcpuCount)
{
    public ItsStage[] Services { get; } = [.. Enumerable.Range(0, itsCount).Select(_ => new ItsStage())];

    public RedistributorStage[] Redistributors { get; } =
        [.. Enumerable.Range(0, vcpuCount).Select(_ => new RedistributorStage())];

    /// <summary>
    /// What a shared GICR_PROPBASER will be: of several values that of a vCPU whose LPIs stay disabled, since it reads
    /// the register where the others read what is in use; of several such the last one's, in whatever order they came.
    /// One whose LPIs stay enabled does not set it, as a guest's write there does not.
    /// </summary>
    public ulong? SharedPropbaser(GicParts parts) =>
        LastPropbaser(parts, areEnabled: false) ?? LastPropbaser(parts, areEnabled: true);

    private ulong? LastPropbaser(GicParts parts, bool areEnabled)
    {
        for (var vcpu = Redistributors.Length - 1; vcpu >= 0; vcpu--)
        {
            var (own, redistributor) = (Redistributors[vcpu], parts.Redistributors[vcpu]);
            if (own.Propbaser is { } staged && !own.IsFixed(redistributor)
                && (own.EnableLpis ?? redistributor.LpisEnabled) == areEnabled)
            {
                return staged;
            }
        }

        return null;
    }

    /// <summary>Whether a commit changes anything, or has to refuse.</summary>
    public bool HasEffect(GicParts parts) =>
        Services.Zip(parts.Services).Any(pair => pair.First.HasEffect(pair.Second))
        || Redistributors.Zip(parts.Redistributors).Any(pair => pair.First.HasEffect(pair.Second));

    /// <summary>
    /// Whether mappings or what is pending change with it: then it is done to a copy. Otherwise it is a matter of a few
    /// registers.
    /// </summary>
    public bool TouchesMappings(GicParts parts) =>
        Services.Zip(parts.Services).Any(pair => pair.First.TouchesMappings(pair.Second))
        || Redistributors.Zip(parts.Redistributors).Any(pair => pair.First.TouchesLpis(pair.Second));

    public bool IsEmpty =>
        Array.TrueForAll(Services, service => service.IsEmpty)
        && Array.TrueForAll(Redistributors, redistributor => redistributor.IsEmpty);
}
