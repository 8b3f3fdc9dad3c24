using ItsService.Core.Identifiers;

namespace ItsService.Core.Tables;

/// <summary>Which redistributor each collection targets (the CTEs).</summary>
internal sealed class CollectionTable
{
    // The vCPU's index plus one, so that an unmapped collection is the map's default.
    private readonly IdMap<int> _targetPlusOne = new();

    public int Count => _targetPlusOne.Count;

    /// <summary>The vCPU that the collection targets, or null while it is not mapped.</summary>
    public VcpuIndex? Target(CollectionId collection) =>
        _targetPlusOne[collection.Value] is not 0 and var target ? new VcpuIndex(target - 1) : null;

    public void Map(CollectionId collection, VcpuIndex target) =>
        _targetPlusOne.Set(collection.Value, target.Value + 1);

    public void Unmap(CollectionId collection) => _targetPlusOne.Remove(collection.Value);

    /// <summary>Forgets the collections from <paramref name="first"/> on.</summary>
    public void ClearFrom(uint first)
    {
        foreach (var entry in _targetPlusOne.InOrder().Where(entry => entry.Key >= first).ToArray())
        {
            _targetPlusOne.Remove(entry.Key);
        }
    }

    /// <summary>The mapped collections in the order of their numbers.</summary>
    public IEnumerable<(CollectionId Collection, VcpuIndex Target)> InOrder() =>
        _targetPlusOne.InOrder().Select(entry => (new CollectionId(entry.Key), new VcpuIndex(entry.Value - 1)));
}
