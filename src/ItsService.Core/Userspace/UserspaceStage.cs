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

    public bool IsEmpty =>
        Array.TrueForAll(Services, service => service.IsEmpty)
        && Array.TrueForAll(Redistributors, redistributor => redistributor.IsEmpty);
}
