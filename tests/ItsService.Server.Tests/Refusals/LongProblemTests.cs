using ItsService.Protocol.V1;
using ItsService.Server.Errors;

namespace ItsService.Server.Tests.Refusals;

/// <summary>Problems with long texts: refusals that travel in the 8 KiB of metadata which every client takes.</summary>
public class LongProblemTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Refusal_stays_small_however_long_its_texts_are(int count)
    {
        var problem = new Problem(ErrorReason.OutOfRange, "spec.field", new string('x', 30_000))
        {
            Accepted = new string('y', 30_000),
        };

        var refusal = Errors.Refusal.Of("vms/guest", [.. Enumerable.Repeat(problem, count)], count);

        var details = refusal.Trailers.Single(entry => entry.Key == Errors.Refusal.DetailsTrailer).ValueBytes;
        Assert.InRange(refusal.Status.Detail.Length + (details.Length * 4 / 3), 1, 7 << 10);
        var detail = Refusal.Of(refusal).Details[0];
        Assert.StartsWith("xxx", detail.Message, StringComparison.Ordinal);
        Assert.StartsWith("yyy", detail.Accepted, StringComparison.Ordinal);
        Assert.EndsWith("...", detail.Accepted, StringComparison.Ordinal);
        Assert.StartsWith("spec.field: xxx", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.EndsWith(count == 1 ? "..." : "and 2 more", refusal.Status.Detail, StringComparison.Ordinal);
    }
}
