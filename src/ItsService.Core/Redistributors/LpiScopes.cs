using ItsService.Core.Identifiers;

namespace ItsService.Core.Redistributors;

/// <summary>Which of the LPIs that are known a refresh is about.</summary>
internal interface ILpiScope
{
    /// <summary>Whether it is about all LPIs of the collection that a record names.</summary>
    bool IncludesOwner(LpiRecord record);

    bool Includes(IntId lpi, LpiRecord record);

    /// <summary>
    /// False only when none of a chunk's LPIs is included: its part of the guest's table need not be read then.
    /// </summary>
    bool MayInclude(IntId first, LpiChunk chunk);

    /// <summary>The answer of a scope that goes by collections alone.</summary>
    static bool MayIncludeByOwner<TScope>(TScope scope, LpiChunk chunk)
        where TScope : struct, ILpiScope
    {
        if (chunk.CommonOwner is { } owner)
        {
            return scope.IncludesOwner(owner);
        }

        for (var index = 0; index < LpiChunk.LpiCount; index++)
        {
            if (scope.IncludesOwner(chunk.Record(index)))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>
/// What INVALL is about: the LPIs whose collection targets a redistributor, and those pending there.
/// </summary>
internal readonly struct LpisConcerning(LpiConfigurations configurations, Redistributor redistributor) : ILpiScope
{
    public bool IncludesOwner(LpiRecord record) => configurations.TargetOf(record) == redistributor;

    public bool Includes(IntId lpi, LpiRecord record) => IncludesOwner(record) || redistributor.Lpis.Contains(lpi);

    public bool MayInclude(IntId first, LpiChunk chunk) =>
        ILpiScope.MayIncludeByOwner(this, chunk)
        || (redistributor.Lpis.TryNext(first, out var pending) && pending.Value - first.Value < LpiChunk.LpiCount);
}

/// <summary>The LPIs whose collection targets a redistributor.</summary>
internal readonly struct LpisTargeting(LpiConfigurations configurations, Redistributor redistributor) : ILpiScope
{
    public bool IncludesOwner(LpiRecord record) => configurations.TargetOf(record) == redistributor;

    public bool Includes(IntId lpi, LpiRecord record) => IncludesOwner(record);

    public bool MayInclude(IntId first, LpiChunk chunk) => ILpiScope.MayIncludeByOwner(this, chunk);
}

/// <summary>The mapped LPIs that were given a collection of an ITS last.</summary>
internal readonly struct LpisOfCollection(int itsNumber, CollectionId collection) : ILpiScope
{
    public bool IncludesOwner(LpiRecord record) =>
        record.IsMapped && record.Its == itsNumber && record.Collection == collection;

    public bool Includes(IntId lpi, LpiRecord record) => IncludesOwner(record);

    public bool MayInclude(IntId first, LpiChunk chunk) => ILpiScope.MayIncludeByOwner(this, chunk);
}
