using System.Reflection;
using ItsService.Protocol.V1;
using ItsService.Server.Inspection.Explanation;
using CoreReason = ItsService.Core.Explanation.NonDelivery;

namespace ItsService.Server.Tests.Inspection.Explaining;

/// <summary>That no reason is without a test which brings it about: who adds one adds its test.</summary>
public class EveryReasonTests
{
    [Fact]
    public void Every_reason_is_brought_about_by_a_test()
    {
        var provoked = typeof(EveryReasonTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Select(method => method.GetCustomAttribute<ProvokesAttribute>())
            .OfType<ProvokesAttribute>()
            .SelectMany(marked => marked.Reasons)
            .Concat(NonDeliveryTests.ReasonsOfLpis.Select(row => row.Data))
            .ToHashSet();

        Assert.Equal(Enum.GetValues<NonDelivery>().Except([NonDelivery.Unspecified]), provoked.Order());
    }

    [Fact]
    public void Every_reason_of_the_controller_has_a_word_of_its_own()
    {
        var words = Enum.GetValues<CoreReason>().Select(ExplanationToWire.ReasonOf).ToList();

        Assert.Equal(words.Distinct(), words);
        Assert.Equal(
            [NonDelivery.Unspecified, NonDelivery.VmPaused, NonDelivery.VmFaulted, NonDelivery.VmAwaitsInit],
            Enum.GetValues<NonDelivery>().Except(words));
    }
}
