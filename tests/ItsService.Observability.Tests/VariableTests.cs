using ItsService.Observability.Tests.Deploy;

namespace ItsService.Observability.Tests;

/// <summary>What the variables of the dashboards offer, as a real Prometheus answers it.</summary>
public sealed class VariableTests(ObservedFleet observed)
{
    private const string Anything = "1s";

    public static TheoryData<string> Dashboards => [.. DashboardFile.Names];

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Services_are_offered(string name)
    {
        var fleet = await observed.GetAsync();

        var (selector, label) = VariableOf(name, "instance").LabelValues;
        var values = await fleet.Prometheus.LabelValuesAsync(label, selector);

        Assert.Empty(
            new[] { fleet.Fleet.Instance, fleet.Named.Instance, fleet.Unlucky.Instance }.Except(values));
    }

    [Fact]
    public async Task Vms_are_offered_of_a_service_that_tells_them_apart()
    {
        var fleet = await observed.GetAsync();

        Assert.Contains(fleet.Vm, await VmsAsync(fleet, fleet.Named.Instance));
        Assert.Empty(await VmsAsync(fleet, fleet.Fleet.Instance));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Each_variable_that_prometheus_is_asked_for_is_one_of_those(string name)
    {
        var board = DashboardFile.Read(name);

        var asked = board.Variables.Where(variable => variable.IsAsked).ToList();
        Assert.Equal(name == "vm" ? ["instance", "vm"] : ["instance"], asked.Select(variable => variable.Name));
        Assert.All(asked, variable => Assert.Equal(variable.Query, variable.Definition));
        Assert.All(asked, variable => Assert.Equal(
            "${datasource}", variable.Json.GetProperty("datasource").GetProperty("uid").GetString()));
    }

    private static DashboardVariable VariableOf(string dashboard, string name) =>
        Assert.Single(DashboardFile.Read(dashboard).Variables, variable => variable.Name == name);

    private static Task<IReadOnlyList<string>> VmsAsync(ObservedFleet.Parts fleet, string instance)
    {
        var (selector, label) = VariableOf("vm", "vm").LabelValues;
        return fleet.Prometheus.LabelValuesAsync(
            label, DashboardFile.Substitute(selector, instance, vm: "", Anything));
    }
}
