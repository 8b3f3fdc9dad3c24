using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.Inspection.Explaining;

/// <summary>The reasons that a test brings about, and finds.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProvokesAttribute(params NonDelivery[] reasons) : Attribute
{
    public IReadOnlyList<NonDelivery> Reasons => reasons;
}
