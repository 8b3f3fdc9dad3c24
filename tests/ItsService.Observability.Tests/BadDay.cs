using ItsService.Observability.Tests.Load;

namespace ItsService.Observability.Tests;

/// <summary>
/// What comes after the good day: everything goes wrong in one service, some of it in VMs of the one that tells its VMs
/// apart, and a third is stopped. It lasts until all tests of a class have seen it.
/// </summary>
public sealed class BadDay(ObservedFleet observed) : IAsyncLifetime
{
    private readonly Loops _loops = new();
    private Task<ObservedFleet.Parts>? _made;

    /// <summary>Lets it begin, at the first time. The tests of a class come one after the other.</summary>
    internal Task<ObservedFleet.Parts> GetAsync() => _made ??= MakeAsync();

    /// <summary>Nothing that was to go wrong has failed to.</summary>
    public void Check() => _loops.Check();

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _loops.DisposeAsync();

    private async Task<ObservedFleet.Parts> MakeAsync()
    {
        var fleet = await observed.GetAsync();
        await fleet.GoodDay.WithinLimit();
        await new Provocations(fleet.Unlucky, _loops).StartAsync();
        await new Provocations(fleet.Named, _loops).StartInVmsAsync();
        await fleet.Leaving.StopAsync();
        return fleet;
    }
}
