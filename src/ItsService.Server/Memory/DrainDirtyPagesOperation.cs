using ItsService.Server.Machines;

namespace ItsService.Server.Memory;

/// <summary>Hands out pages that the controller has written.</summary>
internal readonly struct DrainDirtyPagesOperation(ulong received, int rangesMax)
    : IVmOperation<V1.DrainDirtyPagesResponse>
{
    public V1.DrainDirtyPagesResponse Run(VmContent vm)
    {
        var dirty = vm.Memory.Dirty;
        var ranges = dirty.Take(received, rangesMax);
        return new V1.DrainDirtyPagesResponse
        {
            Answer = dirty.LastAnswer,
            HasMore = dirty.HasUntold,
            Ranges =
            {
                ranges.Select(range => new V1.DirtyRange
                {
                    Address = range.Start.Value,
                    LengthBytes = range.LengthBytes,
                }),
            },
        };
    }
}
