using System.CommandLine;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>The options that say how long a VM waits for its VMM, and what becomes of it then.</summary>
internal sealed class LeaseOptions
{
    private const string ForEver = "forever";
    private const string Keep = "keep";
    private const string Pause = "pause";
    private const string Delete = "delete";

    private readonly Option<string?> _lease = new("--lease")
    {
        Description = "How long its VMM's session may be without a connection, up to 24h [default: 1m]",
        HelpName = $"90s|5m|{ForEver}",
    };

    private readonly Option<string?> _orphan = new("--orphan")
    {
        Description = $"What becomes of it when its VMM stays away longer [default: {Keep}]",
        HelpName = $"{Keep}|{Pause}|{Delete}",
    };

    public LeaseOptions()
    {
        _lease.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value != ForEver && !DurationText.TryParse(token.Value, out _))
            {
                result.AddError($"'{token.Value}' is no duration: write 500ms, 90s, 5m, 24h or {ForEver}");
            }
        });
        _orphan.AcceptOnlyFromAmong(Keep, Pause, Delete);
    }

    /// <summary>"90s, then paused".</summary>
    public static string Describe(SessionLease lease) => lease.ForEver
        ? ForEver
        : $"{DurationText.Format(lease.DurationMs)}, then {FateOf(lease.OrphanPolicy)}";

    public void AddTo(Command command)
    {
        command.Options.Add(_lease);
        command.Options.Add(_orphan);
    }

    /// <summary>Puts what was given into a spec; nothing where nothing was.</summary>
    public void Apply(ParseResult arguments, VmSpec spec)
    {
        var (duration, orphan) = (arguments.GetValue(_lease), arguments.GetValue(_orphan));
        if (duration is null && orphan is null)
        {
            return;
        }

        spec.Lease = new SessionLease { ForEver = duration == ForEver, OrphanPolicy = PolicyOf(orphan) };
        if (duration is not null && DurationText.TryParse(duration, out var milliseconds))
        {
            spec.Lease.DurationMs = milliseconds;
        }
    }

    private static OrphanPolicy PolicyOf(string? name) => name switch
    {
        Keep => OrphanPolicy.Keep,
        Pause => OrphanPolicy.Pause,
        Delete => OrphanPolicy.Delete,
        _ => OrphanPolicy.Unspecified,
    };

    private static string FateOf(OrphanPolicy policy) => policy switch
    {
        OrphanPolicy.Pause => "paused",
        OrphanPolicy.Delete => "deleted",
        _ => "kept",
    };
}
