using Google.Protobuf;
using Grpc.Core;
using ItsService.Core.State;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;
using ItsService.Fuzz.Oracles;
using ItsService.Server.Errors;
using ItsService.Server.State;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// The bytes of State.Restore. They are refused with typed details, and then the VM is as before; or taken, and then
/// the VM is in that state, another check has nothing against it, and the guest goes on.
/// </summary>
internal sealed class BlobTarget : IFuzzTarget
{
    private const int LengthMax = 16 * 1024;
    private const int ActionCount = 30;

    public static string Name => "blob";

    public static string Summary => "the bytes of State.Restore";

    public static IEnumerable<byte[]> Seeds =>
        from shape in Enumerable.Range(0, MachineShapes.All.Count)
        from twoLevel in new[] { false, true }
        from isRaw in new[] { false, true }
        where !isRaw || shape == 0
        select SeedOf(shape, twoLevel, isRaw).ToBytes();

    /// <summary>
    /// Machines with up to eight vCPUs take 2 MiB. The most for its length is a list of pending LPIs with three
    /// kilobytes for each, since no two are near one another, in the machines that are compared: 48 MiB were seen of
    /// 15 KiB.
    /// </summary>
    public static long AllocatedBytesMax(byte[] input) => (8L << 20) + (4096L * input.Length);

    public static byte[] Mutate(byte[] input, byte[] other, Prng random)
    {
        var parsed = BlobInput.Parse(input);
        return random.Below(20) switch
        {
            0 => ByteMutations.Mutate(input, other, LengthMax, random),
            1 => (parsed with { Seed = random.Next() }).ToBytes(),
            2 when random.Percent(30) => (parsed with { IsRaw = true, Body = parsed.ToBlob() }).ToBytes(),
            2 => (parsed with { Shape = random.Below(MachineShapes.All.Count) }).ToBytes(),
            < 5 => (parsed with { Body = ByteMutations.Mutate(parsed.Body, other, LengthMax, random) }).ToBytes(),
            _ when parsed.IsRaw => ByteMutations.Mutate(input, other, LengthMax, random),
            _ => (parsed with { Body = MutateMessage(parsed.Body, BlobInput.Parse(other).Body, random) }).ToBytes(),
        };
    }

    public static IEnumerable<byte[]> Smaller(byte[] input)
    {
        var parsed = BlobInput.Parse(input);
        if (!parsed.IsRaw && TryParse(parsed.Body) is { } message)
        {
            foreach (var smaller in MessageMutations.Smaller(message))
            {
                yield return (parsed with { Body = smaller.ToByteArray() }).ToBytes();
            }
        }
        else
        {
            for (var piece = parsed.Body.Length / 2; piece > 0; piece /= 2)
            {
                yield return (parsed with { Body = parsed.Body[..^piece] }).ToBytes();
                yield return (parsed with { Body = parsed.Body[piece..] }).ToBytes();
            }
        }

        if (parsed.Seed != 0)
        {
            yield return (parsed with { Seed = 0 }).ToBytes();
        }
    }

    public static void Run(byte[] input, Behaviours behaviours)
    {
        var parsed = BlobInput.Parse(input);
        var template = Template.Of(parsed.Shape, twoLevel: false);
        var machine = template.MakeEmpty();
        machine.Gic.Pause();
        BrokenPromiseException.ThrowUnless(
            machine.Gic.Persistence.Restore(template.State).Count == 0, "the state of a template is refused");
        machine.Memory.BeginJournal();
        var state = Open(parsed, template, behaviours);
        if (state is null || !IsTaken(machine, state, behaviours))
        {
            Continuation.MustBeEqual(
                template.State, machine.Gic.Persistence.Save(), "a VM that refuses a state has changed");
            BrokenPromiseException.ThrowUnless(
                machine.Memory.EndJournal().Count == 0, "a restore has written guest memory");
            return;
        }

        BrokenPromiseException.ThrowUnless(
            machine.Memory.EndJournal().Count == 0, "a restore has written guest memory");
        GoOn(machine, template, state, parsed.Seed, behaviours);
    }

    private static BlobInput SeedOf(int shape, bool twoLevel, bool isRaw)
    {
        var template = Template.Of(shape, twoLevel);
        using var blob = StateBlob.Seal(template.State, template.Shape);
        return new BlobInput(
            shape,
            isRaw,
            Seed: 0,
            isRaw
                ? blob.Bytes.ToArray()
                : MessageMutations.WithoutShape(StateComparison.ToMessage(template.State)).ToByteArray());
    }

    private static byte[] MutateMessage(byte[] body, byte[] other, Prng random)
    {
        if (TryParse(body) is not { } message)
        {
            return ByteMutations.Mutate(body, other, LengthMax, random);
        }

        MessageMutations.Mutate(message, TryParse(other) ?? message, random);
        var bytes = message.ToByteArray();
        return bytes.Length <= LengthMax ? bytes : body;
    }

    private static V1.SavedState? TryParse(byte[] body)
    {
        try
        {
            return V1.SavedState.Parser.ParseFrom(body);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>The state in a blob, or null where it is refused in the form of all refusals.</summary>
    private static GicState? Open(BlobInput input, Template template, Behaviours behaviours)
    {
        var problems = new RequestProblems("");
        try
        {
            return StateBlob.Open(input.ToBlob(), template.Shape, problems);
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.InvalidArgument)
        {
            BrokenPromiseException.ThrowUnless(problems.Count > 0, "a refusal without a problem");
            BrokenPromiseException.ThrowUnless(
                refusal.Trailers.GetValueBytes(Refusal.DetailsTrailer) is { Length: > 0 and < 8192 },
                "a refusal without details, or with more than a client takes");
            foreach (var problem in problems.Kept)
            {
                behaviours.Note($"refused {problem.Reason} {Told(problem)}");
            }

            return null;
        }
    }

    /// <summary>What tells a problem from others, without what is shown of the input or told by a parser.</summary>
    private static string Told(in Problem problem) =>
        problem.Reason == V1.ErrorReason.Unsupported ? problem.Field
        : problem.Field.StartsWith("shape", StringComparison.Ordinal) ? problem.Field.Split('[')[0]
        : $"{problem.Field} {problem.Text.Split(':')[0]}";

    private static bool IsTaken(Machine machine, GicState state, Behaviours behaviours)
    {
        var problems = machine.Gic.Persistence.Restore(state);
        var slowProblem = new SlowStateCheck(machine.Shape).FirstProblem(state);
        BrokenPromiseException.ThrowUnless(
            (problems.Count == 0) == (slowProblem is null),
            $"a state is {(problems.Count == 0 ? "taken" : $"refused ({problems[0]})")}, "
            + $"and the slow check says {slowProblem ?? "nothing"}");
        BrokenPromiseException.ThrowUnless(problems.Count <= 100, "more problems are listed than anybody reads");
        foreach (var problem in problems)
        {
            BrokenPromiseException.ThrowUnless(
                problem.Path.Length > 0 && problem.Message.Length > 0, "a problem without a place or a message");
            behaviours.Note($"problem {problem}");
        }

        return problems.Count == 0;
    }

    /// <summary>
    /// The state is that of the VM. Nothing of what the VM was before is left: a new one with the same state goes the
    /// same way.
    /// </summary>
    private static void GoOn(
        Machine machine, Template template, GicState state, ulong seed, Behaviours behaviours)
    {
        behaviours.Note($"taken by {MachineShapes.NameOf(machine.Shape)}");
        var kept = KeptState.Of(state);
        Continuation.MustBeEqual(kept, machine.Gic.Persistence.Save(), "a state that was taken is not the VM's");
        using var bytes = StateBlob.Seal(kept, machine.Shape);
        var again = StateBlob.Open(bytes.Bytes, machine.Shape, new RequestProblems(""));
        Continuation.MustBeEqual(kept, again, "a state is another one behind its bytes");

        var other = template.MakeEmpty();
        BrokenPromiseException.ThrowUnless(
            other.Gic.Persistence.Restore(again).Count == 0, "a state that a VM was in is refused by another");
        machine.Gic.Resume();
        Continuation.Run(machine, seed, ActionCount, behaviours);
        Continuation.Run(other, seed, ActionCount, new Behaviours());
        Continuation.MustBeEqual(
            machine.Gic.Persistence.Save(), other.Gic.Persistence.Save(), "two VMs in one state went different ways");
    }
}
