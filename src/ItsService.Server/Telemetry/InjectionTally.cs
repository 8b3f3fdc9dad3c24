using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Server.Telemetry;

/// <summary>What became of the messages of one entry into a VM.</summary>
internal struct InjectionTally
{
    /// <summary>The outcomes that there were: a bit for each.</summary>
    public uint Outcomes { get; private set; }

    /// <summary>How many are pending now and were not before.</summary>
    public ulong Pended { get; private set; }

    /// <summary>How many were pending already.</summary>
    public ulong Coalesced { get; private set; }

    /// <summary>The LPI that has become pending last; 0 for none.</summary>
    public IntId LastPended { get; private set; }

    /// <summary>That of one message.</summary>
    public static InjectionTally Of(in MsiResult result)
    {
        var tally = default(InjectionTally);
        tally.Count(result);
        return tally;
    }

    public void Count(in MsiResult result)
    {
        Outcomes |= 1u << (int)result.Outcome;
        switch (result.Outcome)
        {
            case MsiOutcome.Pended:
                Pended++;
                LastPended = result.Lpi;
                break;
            case MsiOutcome.Coalesced:
                Coalesced++;
                break;
            default:
                break;
        }
    }
}
