using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>A command that was not executed.</summary>
/// <param name="Place">Its place among those that were submitted, from 0.</param>
/// <param name="Result">What became of it.</param>
public sealed record UnexecutedCommand(int Place, CommandResult Result);

/// <summary>What became of submitted commands.</summary>
public sealed class CommandResults
{
    private readonly SubmitResponse _response;

    internal CommandResults(SubmitResponse response)
    {
        _response = response;
        NotExecuted = [.. response.Results
            .Select((result, place) => new UnexecutedCommand(place, result))
            .Where(command => command.Result.Outcome != CommandOutcome.Executed)];
    }

    /// <summary>One for each command, in order.</summary>
    public IReadOnlyList<CommandResult> All => _response.Results;

    /// <summary>Those that were in error, or that the ITS did not come to, in order.</summary>
    public IReadOnlyList<UnexecutedCommand> NotExecuted { get; }

    /// <summary>The lines that changed.</summary>
    public IReadOnlyList<VcpuLine> ChangedLines => _response.ChangedLines;
}
