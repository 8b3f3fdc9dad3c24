using System.CommandLine;
using ItsService.Client;
using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Engine;

namespace ItsService.Cli;

/// <summary>
/// A verb of itsctl: it works on a service, and every way it can fail becomes an exit code and a line.
/// </summary>
internal abstract class Verb : Command, IHasExamples
{
    protected Verb(string name, string description)
        : base(name, description)
    {
        SetAction(InvokeAsync);
    }

    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Whether it works on files alone, without a service that is there already.</summary>
    protected virtual bool IsOffline(ParseResult arguments) => false;

    protected abstract Task<int> RunAsync(Session session, CancellationToken cancellationToken);

    private async Task<int> InvokeAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var error = arguments.InvocationConfiguration.Error;
        try
        {
            await using var session = await Session.OpenAsync(arguments, IsOffline(arguments), cancellationToken);
            return await RunAsync(session, cancellationToken);
        }
        catch (UsageException problem)
        {
            return Fail(error, problem.Message, ExitCode.Usage);
        }
        catch (Exception problem) when (
            problem is InputException or GuestImageException or EngineMissingException or EngineException)
        {
            return Fail(error, problem.Message, ExitCode.Refused);
        }
        catch (ItsServiceException problem)
        {
            PrintProblems(error, problem);
            return problem.IsUnreachable ? ExitCode.Unreachable : ExitCode.Refused;
        }
        catch (OperationCanceledException)
        {
            return Fail(error, "interrupted", ExitCode.Interrupted);
        }
    }

    private static void PrintProblems(TextWriter error, ItsServiceException problem)
    {
        if (problem.ProblemCount <= 1)
        {
            error.WriteLine($"itsctl: {problem.Message}");
            return;
        }

        error.WriteLine($"itsctl: the service refuses this for {problem.ProblemCount} reasons:");
        foreach (var line in problem.ProblemLines)
        {
            error.WriteLine($"  {line}");
        }

        if (problem.ProblemCount > problem.Problems.Count)
        {
            error.WriteLine($"  and {problem.ProblemCount - problem.Problems.Count} more");
        }
    }

    private static int Fail(TextWriter error, string message, int exitCode)
    {
        error.WriteLine($"itsctl: {message}");
        return exitCode;
    }
}
