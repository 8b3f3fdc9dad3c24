namespace ItsService.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record RunPlan
{
    /// <summary>Fewer and shorter measurements; every key nevertheless.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Where the figures go as JSON; null for nowhere.</summary>
    public string? JsonPath { get; init; }

    /// <summary>Only keys that begin with this.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Whether this process makes one round alone and leaves the table to the one that started it.</summary>
    public bool IsRound { get; init; }

    /// <summary>Whether this key is asked for.</summary>
    public bool Shows(string key) => key.StartsWith(Filter, StringComparison.Ordinal);

    /// <summary>Whether some key with that beginning is asked for.</summary>
    public bool Wants(string keyPrefix) =>
        keyPrefix.StartsWith(Filter, StringComparison.Ordinal)
        || Filter.StartsWith(keyPrefix, StringComparison.Ordinal);

    /// <summary>Reads the arguments; null when they make no sense.</summary>
    public static RunPlan? Parse(string[] arguments)
    {
        var plan = new RunPlan();
        for (var index = 0; index < arguments.Length; index++)
        {
            switch (arguments[index])
            {
                case "--quick":
                    plan = plan with { IsQuick = true };
                    break;
                case "--round":
                    plan = plan with { IsRound = true };
                    break;
                case "--json" when index + 1 < arguments.Length:
                    plan = plan with { JsonPath = arguments[++index] };
                    break;
                case var filter when !filter.StartsWith('-') && plan.Filter.Length == 0:
                    plan = plan with { Filter = filter };
                    break;
                default:
                    return null;
            }
        }

        return plan;
    }
}
