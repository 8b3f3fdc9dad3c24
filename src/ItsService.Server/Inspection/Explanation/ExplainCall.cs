using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Inspection.Explanation;

/// <summary>Inspect.Explain.</summary>
internal static class ExplainCall
{
    /// <summary>The answer to a request.</summary>
    public static async Task<V1.ExplainResponse> AnswerAsync(
        VmHost host, V1.ExplainRequest request, CancellationToken call)
    {
        var problems = new RequestProblems(host.Name);
        var subject = ExplainedSubject.Read(host.Shape, request, problems);
        problems.ThrowIfAny();
        var found = await host.InspectAsync<ExplainOperation, ExplainedInterrupt>(
            new ExplainOperation(host.Name, subject), call);
        return ExplanationToWire.Of(found, subject);
    }
}
