using ItsService.Core;
using ItsService.Core.State;
using ItsService.Core.Userspace;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;
using ItsService.Fuzz.Oracles;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// Commits what is staged, and looks at what comes of it. It is refused with every problem, and then neither the VM,
/// nor what is staged, nor guest memory has changed; or it is in force, and then every register reads as it did while
/// it was staged, the mappings are those that another reader finds in the tables, and a save of them is read back as
/// the same.
/// </summary>
internal sealed class CheckedCommit(Machine machine, Behaviours behaviours)
{
    private const int FetchesMax = 3;
    private const ulong PendingTableBytesMax = (1 << 24) / 8;

    private readonly HashSet<int> _restored = [];
    private readonly HashSet<int> _lpisWereDisabled = [];
    private readonly SlowStateCheck _check = new(machine.Shape);

    // Millions of slots were looked at, as a commit may. One in a script is enough.
    private bool _isSpent;

    private GicUserspace Userspace => machine.Gic.Userspace;

    /// <summary>A register was written: what is read back does not tell of all that came of it.</summary>
    public void NoteWritten(AttributeRegister register, ulong value)
    {
        if (register is { Group: AttributeGroup.Redistributor, Place: Offsets.Ctlr } && (value & 1) == 0)
        {
            _lpisWereDisabled.Add(register.Index);
        }
    }

    public void RestoreTables(int its)
    {
        var result = Userspace.RestoreTables(its);
        Note("restore", result.Error);
        if (result.Error == UserspaceError.None)
        {
            _restored.Add(its);
        }
    }

    public void ResetIts(int its)
    {
        var result = Userspace.ResetIts(its);
        Note("reset", result.Error);
        if (result.Error == UserspaceError.None)
        {
            _restored.Remove(its);
        }
    }

    public void SaveTables(int its) => Save(() => Userspace.SaveTables(its), "save tables");

    public void SavePendingTables() => Save(Userspace.SavePendingTables, "save pending tables");

    /// <summary>Whether it is in force.</summary>
    public bool Run(bool resumes)
    {
        if (machine.Gic.State == RunState.Running || _isSpent)
        {
            return !_isSpent && Userspace.Commit().IsDone;
        }

        var before = machine.Gic.Persistence.Save();
        var staged = AttributeRegisters.Read(machine);
        var hasStaged = Userspace.HasStaged;
        var propbasers = StagedPropbasers.InForce(machine, before, _lpisWereDisabled);
        var expected = behaviours.Check(() => new SlowRestore(machine, _restored, before, propbasers));
        _isSpent = expected.IsGivenUp;
        machine.Memory.BeginJournal();
        var result = Fetching(resumes ? machine.Gic.Resume : Userspace.Commit);
        var journal = machine.Memory.EndJournal();
        MustBeComplete(result);
        RegistersMustBe(result.IsDone ? InForce(staged, propbasers) : staged);
        if (result.IsDone)
        {
            behaviours.Note($"in force in {MachineShapes.NameOf(machine.Shape)}, resumed {resumes}");
            MustBeInForce(expected);
            _restored.Clear();
            _lpisWereDisabled.Clear();
            return true;
        }

        BrokenPromiseException.ThrowUnless(
            Userspace.HasStaged == hasStaged && machine.Gic.State == RunState.Paused,
            "a refused commit has taken what was staged, or the VM runs");
        Continuation.MustBeEqual(before, machine.Gic.Persistence.Save(), "a refused commit has changed the VM");
        MemoryMustBe(journal, before);
        expected.MustBeRefusedRightly(result);
        return false;
    }

    private void Save(Func<CommitResult> save, string what)
    {
        if (machine.Gic.State == RunState.Running)
        {
            BrokenPromiseException.ThrowUnless(
                save().Status == AccessStatus.Running, "tables are saved while the VM runs");
        }
        else if (Run(resumes: false))
        {
            var before = machine.Gic.Persistence.Save();
            var result = Fetching(save);
            MustBeComplete(result);
            behaviours.Note($"{what} {result.IsDone}");
            Continuation.MustBeEqual(before, machine.Gic.Persistence.Save(), "saving tables has changed the VM");
        }
    }

    /// <summary>The host fetches what is missing, and asks again. After some times it fetches everything.</summary>
    private CommitResult Fetching(Func<CommitResult> commit)
    {
        var result = commit();
        for (var fetches = 0; result.Status == AccessStatus.NotResident; fetches++)
        {
            behaviours.Note("fetched");
            BrokenPromiseException.ThrowUnless(
                machine.Memory.Fetch(result.Missing), "a commit asks for memory that is there");
            if (fetches == FetchesMax)
            {
                machine.Memory.FetchAll();
            }

            result = commit();
        }

        machine.Memory.FetchAll();
        return result;
    }

    private void MustBeComplete(CommitResult result)
    {
        BrokenPromiseException.ThrowUnless(
            result.Status == AccessStatus.Ok && result.Problems.Count <= 100,
            "a commit ends neither way, or with more problems than anybody reads");
        behaviours.Note($"problems {Size(result.Problems.Count)}");
        foreach (var problem in result.Problems)
        {
            BrokenPromiseException.ThrowUnless(
                problem.Path.Length > 0 && problem.Message.Length > 0 && Enum.IsDefined(problem.Kind),
                "a problem without a place, a message or a kind");
            behaviours.Note($"problem {problem.Kind} {problem}");
        }
    }

    private void MustBeInForce(SlowRestore expected)
    {
        var state = machine.Gic.Persistence.Save();
        foreach (var its in expected.Services)
        {
            behaviours.Note($"restored in {MachineShapes.NameOf(machine.Shape)}, gave up {expected.IsGivenUp}");
            NoteSizes(state.Services[its]);
        }

        expected.MustBeInForce(state);
        Continuation.MustBeRestorable(machine, _check);
        if (expected.Services.Count > 0)
        {
            TableRoundTrip.Run(machine, expected.Services, behaviours);
        }
    }

    /// <summary>
    /// Guest memory holds what it did before, but for pending tables of redistributors with LPIs enabled: those are the
    /// redistributor's. Nobody reads them before LPIs are disabled, and then they are written again.
    /// </summary>
    private void MemoryMustBe(IReadOnlyList<(ulong Address, byte[] Before)> journal, GicState before)
    {
        var original = new Dictionary<ulong, byte>();
        foreach (var (address, bytes) in journal)
        {
            for (var index = 0; index < bytes.Length; index++)
            {
                original.TryAdd(address + (ulong)index, bytes[index]);
            }
        }

        foreach (var (address, value) in original)
        {
            BrokenPromiseException.ThrowUnless(
                machine.Memory.PeekByte(address) == value || IsInOwnPendingTable(address, before),
                $"a refused commit has changed guest memory at 0x{address:X}");
        }
    }

    private static bool IsInOwnPendingTable(ulong address, GicState before) =>
        before.Redistributors.Any(redistributor =>
        {
            var table = redistributor.Pendbaser & 0x000F_FFFF_FFFF_0000;
            return redistributor.LpisEnabled && address >= table && address < table + PendingTableBytesMax;
        });

    /// <summary>A register that all vCPUs share, to which several values were written, has one of them.</summary>
    private static List<AttributeValue> InForce(List<AttributeValue> staged, ulong[] propbasers) =>
    [
        .. staged.Select(entry => entry.Register switch
        {
            { Group: AttributeGroup.Redistributor, Place: Offsets.Propbaser } register =>
                entry with { Value = (uint)propbasers[register.Index] },
            { Group: AttributeGroup.Redistributor, Place: Offsets.Propbaser + 4 } register =>
                entry with { Value = propbasers[register.Index] >> 32 },
            _ => entry,
        }),
    ];

    /// <summary>In force or refused: registers read as they were written.</summary>
    private void RegistersMustBe(List<AttributeValue> expected)
    {
        var actual = AttributeRegisters.Read(machine);
        if (!actual.SequenceEqual(expected))
        {
            var (left, right) = expected.Zip(actual).First(pair => pair.First != pair.Second);
            throw new BrokenPromiseException(
                $"a commit changes what {left.Register} reads: 0x{left.Value:X}, then 0x{right.Value:X}");
        }
    }

    private void NoteSizes(ItsState its)
    {
        behaviours.Note($"restored, devices {Size(its.Devices.Length)}");
        behaviours.Note($"restored, collections {Size(its.Collections.Length)}");
        behaviours.Note($"restored, events {Size(its.Devices.Sum(device => device.Events.Length))}");
    }

    /// <summary>Of numbers the order of magnitude makes a behaviour, in letters.</summary>
    private static string Size(int count) => new('x', 32 - int.LeadingZeroCount(count));

    private void Note(string what, UserspaceError error) => behaviours.Note($"{what} {error}");
}
