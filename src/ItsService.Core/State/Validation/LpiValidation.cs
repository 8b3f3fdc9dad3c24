using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;
using ItsService.Core.Registers;

namespace ItsService.Core.State.Validation;

/// <summary>Configurations and owners of LPIs.</summary>
internal static class LpiValidation
{
    private const int BitsOfWord = 64;

    public static void FindProblems(ProblemList problems, GicState state, GicParts scratch)
    {
        if (state.Lpis.Blocks.IsDefault || state.Lpis.Owners.IsDefault)
        {
            problems.Add("lpis", "a part is missing");
            return;
        }

        var before = 0u;
        foreach (var block in state.Lpis.Blocks)
        {
            var path = $"lpis.block[{block.FirstLpi}]";
            problems.AddUnless(block.FirstLpi > before, path, $"it stands behind {before}");
            before = block.FirstLpi;
            CheckBlock(problems, path, block, scratch);
        }

        if (state.Lpis.Owners.Length > 0)
        {
            CheckOwners(problems, state, scratch);
        }
    }

    private static void CheckBlock(ProblemList problems, string path, LpiBlockState block, GicParts scratch)
    {
        problems.AddUnless(
            new IntId(block.FirstLpi).IsLpi && block.FirstLpi % LpiChunk.LpiCount == 0
                && block.FirstLpi < 1UL << scratch.Profile.IntIdBits,
            path,
            $"a block begins at a multiple of {LpiChunk.LpiCount} below 2^{scratch.Profile.IntIdBits}");
        if (!StateValidation.HasLength(problems, $"{path}.known", block.Known, LpiChunk.LpiCount / BitsOfWord)
            || !StateValidation.HasLength(
                problems, $"{path}.configuration", block.Configurations, LpiChunk.LpiCount))
        {
            return;
        }

        for (var index = 0; index < LpiChunk.LpiCount; index++)
        {
            if (block.Configurations[index] != 0 && !block.Known[index / BitsOfWord].Bit(index % BitsOfWord))
            {
                problems.Add(path, $"LPI {block.FirstLpi + (uint)index} has a configuration that was never read");
            }
        }
    }

    private static void CheckOwners(ProblemList problems, GicState state, GicParts scratch)
    {
        var mapped = new HashSet<uint>();
        foreach (var service in state.Services)
        {
            foreach (var device in service.Devices.IsDefault ? [] : service.Devices)
            {
                foreach (var entry in device.Events.Span)
                {
                    mapped.Add(entry.Lpi);
                }
            }
        }

        foreach (var (lpi, its, collection) in state.Lpis.Owners)
        {
            var path = $"lpis.owner[{lpi}]";
            problems.AddUnless(mapped.Contains(lpi), path, "no event maps the LPI");
            problems.AddUnless((uint)its < (uint)scratch.Services.Length, path, $"there is no ITS {its}");
            problems.AddUnless(
                scratch.Services[0].IsCollectionIdImplemented(new CollectionId(collection)),
                path,
                $"collection {collection} is too large");
        }
    }
}
