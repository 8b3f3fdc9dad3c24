using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.Refusals;

/// <summary>What a refusal must say.</summary>
internal sealed record Expected(StatusCode Code, ErrorReason Reason, string Field)
{
    /// <summary>The resource; null when the request names none.</summary>
    public string? Resource { get; init; }

    /// <summary>What <see cref="ErrorDetail.Accepted"/> must mention; empty when it says nothing.</summary>
    public string Accepted { get; init; } = "";

    public uint? KvmErrno { get; init; }

    /// <summary>The one suggestion; null when several are as near.</summary>
    public string? Suggestion { get; init; } = "";

    /// <summary>Checks a refusal with one detail.</summary>
    public void AssertMet(Refusal refusal)
    {
        Assert.Equal(Code, refusal.Code);
        AssertMet(refusal.Detail);
    }

    public void AssertMet(ErrorDetail detail)
    {
        Assert.Equal((Reason, Field, Resource ?? ""), (detail.Reason, detail.Field, detail.Resource));
        Assert.Contains(Accepted, detail.Accepted, StringComparison.Ordinal);
        if (Suggestion is null)
        {
            Assert.NotEmpty(detail.Suggestion);
        }
        else
        {
            Assert.Equal(Suggestion, detail.Suggestion);
        }

        if (KvmErrno is { } errno)
        {
            Assert.True(detail.HasKvmErrno, "the detail has no error number of KVM");
            Assert.Equal(errno, detail.KvmErrno);
        }
    }
}
