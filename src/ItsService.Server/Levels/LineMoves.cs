using Grpc.Core;
using ItsService.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Levels;

/// <summary>A list of levels, all of which are checked before any is set.</summary>
internal static class LineMoves
{
    /// <summary>From a request. What is wrong with it is added to <paramref name="problems"/>.</summary>
    public static LineMove[] Read(
        VirtualGicConfiguration shape,
        IReadOnlyList<V1.LineLevel> levels,
        ItsServerLimits limits,
        RequestProblems problems)
    {
        if (levels.Count > limits.BatchAccessesMax)
        {
            problems.Add(new Problem(V1.ErrorReason.LimitExceeded, "levels", $"{levels.Count} in one request")
            {
                Accepted = $"at most {limits.BatchAccessesMax}",
            });
            problems.ThrowIfAny();
        }

        var moves = new LineMove[levels.Count];
        for (var index = 0; index < moves.Length; index++)
        {
            moves[index] = LineMove.Read(shape, levels[index], $"levels[{index}].", problems);
        }

        return moves;
    }

    /// <summary>Moves the lines, inside the gate.</summary>
    /// <exception cref="RpcException">
    /// The VM waited for INIT when they were checked, and has fewer INTIDs since (NR_IRQS); none is moved.
    /// </exception>
    public static void Make(VmContent vm, LineMove[] moves)
    {
        var problems = new RequestProblems(vm.Name);
        for (var index = 0; index < moves.Length; index++)
        {
            moves[index].CheckIntId(vm.Shape, $"levels[{index}].", problems);
        }

        problems.ThrowIfAny();
        foreach (var move in moves)
        {
            move.Make(vm);
        }
    }
}
