using System.CommandLine;

namespace ItsService.Cli;

/// <summary>A word that verbs stand behind: its help shows one example of each.</summary>
internal sealed class VerbGroup : Command, IHasExamples
{
    public VerbGroup(string name, string description, params Verb[] verbs)
        : base(name, description)
    {
        foreach (var verb in verbs)
        {
            Subcommands.Add(verb);
        }

        Examples = [.. verbs.Select(verb => verb.Examples[0])];
    }

    public IReadOnlyList<string> Examples { get; }
}
