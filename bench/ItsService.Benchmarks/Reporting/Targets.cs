namespace ItsService.Benchmarks.Reporting;

/// <summary>What a figure must reach.</summary>
/// <param name="Bound">The number.</param>
/// <param name="IsCeiling">Whether the figure must be at most that, or at least.</param>
/// <param name="AllocatesNothing">Whether it must leave no garbage either.</param>
internal sealed record Target(double Bound, bool IsCeiling, bool AllocatesNothing = false)
{
    public bool IsMetBy(Figure figure) =>
        figure.Value is { } value
        && (IsCeiling ? value <= Bound : value >= Bound)
        && !(AllocatesNothing && figure.AllocatedBytes != 0);
}

/// <summary>The numbers that the project answers for: docs/performance.md.</summary>
internal static class Targets
{
    private static readonly Dictionary<string, Target> ByKey = new()
    {
        ["core.msi.pending"] = AtMost(20) with { AllocatesNothing = true },
        ["core.msi.cycle"] = AtMost(100) with { AllocatesNothing = true },
        ["core.msi.n_plus_1"] = AtMost(1.1),
        ["core.commands.mapti"] = AtLeast(5e6),
        ["core.commands.int"] = AtLeast(8e6),
        ["mem.event"] = AtMost(16),
        ["mem.event.sparse"] = AtMost(256),
        ["mem.vm"] = AtMost(64 * 1024),
        ["state.64k.save"] = AtMost(2),
        ["state.64k.restore"] = AtMost(5),
        ["state.1m.save"] = AtMost(30),
        ["state.1m.restore"] = AtMost(80),
        ["api.unary"] = AtMost(1.15),
        ["api.unary.p99"] = AtMost(1.15),
        ["api.stream"] = AtLeast(15e6),
        ["api.stream.ratio"] = AtLeast(0.8),
        ["obs.cost"] = AtMost(1.1),
        ["vs.qemu.int"] = AtLeast(3),
        ["vs.qemu.ack"] = AtLeast(100),
    };

    public static Target? Of(string key) => ByKey.GetValueOrDefault(key);

    private static Target AtMost(double bound) => new(bound, IsCeiling: true);

    private static Target AtLeast(double bound) => new(bound, IsCeiling: false);
}
