using ItsService.Core.GuestTables;
using ItsService.Core.State;
using ItsService.Core.Userspace;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Oracles;

/// <summary>
/// What a commit must make of the tables that it is to read (docs/state.md, What is checked of tables in guest memory):
/// each ITS's by <see cref="SlowTables"/>, where all of them lie by <see cref="SlowAreas"/>, and how much there is.
/// </summary>
internal sealed class SlowRestore
{
    private readonly Machine _machine;
    private readonly Dictionary<int, SlowReading> _readings;
    private readonly ItsRegisters[] _registers;
    private readonly bool _mayOverlap;
    private readonly long _devicesAtMost;
    private readonly long _eventsAtMost;

    /// <summary>Reads the tables, before the commit.</summary>
    /// <param name="machine">The machine, with what is staged.</param>
    /// <param name="restored">The ITSs whose tables the commit is to read.</param>
    /// <param name="before">The state that is in force.</param>
    /// <param name="propbasers">GICR_PROPBASER as it will be in force at each vCPU.</param>
    public SlowRestore(
        Machine machine, IReadOnlyCollection<int> restored, GicState before, IReadOnlyList<ulong> propbasers)
    {
        _machine = machine;
        _registers = [.. Enumerable.Range(0, machine.ItsCount).Select(RegistersOf)];
        _readings = restored.ToDictionary(
            its => its, its => new SlowTables(machine, _registers[its], propbasers).Read());
        List<DeviceState>[] devices = [.. Enumerable.Range(0, machine.ItsCount).Select(its => DevicesOf(its, before))];
        _devicesAtMost = devices.Sum(list => (long)list.Count);
        _eventsAtMost = devices.Sum(list => list.Sum(device => (long)device.Events.Length));
        _mayOverlap = FindOverlap(before) is not null || FindOverlap(mappings: null) is not null;
    }

    private bool HasTooManyDevices => _devicesAtMost > _machine.Shape.MappedDevicesMax;

    /// <summary>The ITSs whose tables were read.</summary>
    public IReadOnlyCollection<int> Services => _readings.Keys;

    /// <summary>Whether there was too much to look at in some table.</summary>
    public bool IsGivenUp => _readings.Values.Any(reading => reading.IsGivenUp);

    /// <summary>The commit has taken them: nothing is wrong with them, and the mappings are theirs.</summary>
    public void MustBeInForce(GicState state)
    {
        var overlap = FindOverlap(state);
        BrokenPromiseException.ThrowUnless(
            overlap is null, $"tables are taken, and the slow reader finds {overlap}");
        foreach (var (its, reading) in _readings.Where(entry => !entry.Value.IsGivenUp))
        {
            BrokenPromiseException.ThrowUnless(
                reading.Problem is null, $"tables are taken in which the slow reader finds {reading.Problem}");
            var service = state.Services[its];
            var difference = StateComparison.Difference(
                state with
                {
                    Services = state.Services.SetItem(its, service with
                    {
                        Collections = [.. reading.Collections],
                        Devices = [.. reading.Devices],
                    }),
                },
                state);
            BrokenPromiseException.ThrowUnless(
                difference is null, $"the slow reader finds other mappings: {difference}");
        }
    }

    /// <summary>
    /// The commit has refused them: each problem with a table is one for the slow reader, and the first one of each ITS
    /// is of the same sort. Where a register was refused other tables were read than those that are staged.
    /// </summary>
    public void MustBeRefusedRightly(CommitResult result)
    {
        if (result.Problems.Any(problem => TableProblem.SortOf(problem) == TableProblemSort.Register))
        {
            return;
        }

        var compared = new HashSet<string>(StringComparer.Ordinal);
        foreach (var problem in result.Problems)
        {
            MustBeSeen(problem, compared);
        }
    }

    private void MustBeSeen(RestoreProblem problem, HashSet<string> compared)
    {
        // Behind a problem the slow reader has not looked.
        var hasMore = IsGivenUp || _readings.Values.Any(reading => reading.Problem is not null);
        var isSeen = TableProblem.SortOf(problem) switch
        {
            TableProblemSort.Entry => IsEntrySeen(problem, isFirst: compared.Add(problem.Path.Split('.')[0])),
            TableProblemSort.Overlap => hasMore || _mayOverlap || HasTooManyDevices,
            TableProblemSort.TooManySlots => hasMore,
            TableProblemSort.TooManyDevices => hasMore || HasTooManyDevices,
            TableProblemSort.TooManyEvents => hasMore || _eventsAtMost > _machine.Shape.MappedEventsMax,
            _ => true,
        };
        BrokenPromiseException.ThrowUnless(
            isSeen, $"tables are refused ({problem.Kind} {problem}), and the slow reader does not find that");
    }

    /// <summary>Of an ITS's problems the first is the one at which the slow reader stops.</summary>
    private bool IsEntrySeen(RestoreProblem problem, bool isFirst) =>
        _readings.Any(entry =>
            problem.Path.StartsWith($"its[{entry.Key}].", StringComparison.Ordinal)
            && (entry.Value.IsGivenUp
                || (entry.Value.Problem is { } found && (!isFirst || found.Kind == problem.Kind))));

    /// <summary>
    /// Two tables over one another. An ITS that is not restored has what <paramref name="mappings"/> says, or nothing:
    /// what it had may go with a table that is taken away in the same commit.
    /// </summary>
    private string? FindOverlap(GicState? mappings)
    {
        if (_readings.Count == 0 || HasTooManyDevices)
        {
            return null;
        }

        var areas = new SlowAreas();
        for (var its = 0; its < _registers.Length; its++)
        {
            var present = mappings?.Services[its];
            if (_readings.TryGetValue(its, out var reading))
            {
                areas.Add(its, _registers[its], reading.Devices, reading.Pages);
            }
            else
            {
                DeviceState[] devices = [.. present?.Devices ?? []];
                areas.Add(
                    its,
                    _registers[its],
                    devices,
                    SlowPages.Of(_machine, _registers[its], present?.Collections ?? [], devices));
            }
        }

        return areas.FindOverlap(_readings.Keys);
    }

    private List<DeviceState> DevicesOf(int its, GicState before) =>
        _readings.TryGetValue(its, out var reading) ? [.. reading.Devices] : [.. before.Services[its].Devices];

    private ItsRegisters RegistersOf(int its)
    {
        ulong Staged(int offset) => _machine.Gic.Userspace.ReadItsRegister(its, offset).Value;
        return new ItsRegisters(
            Staged(Offsets.Baser(0)),
            Staged(Offsets.Baser(1)),
            Staged(Offsets.Cbaser),
            Staged(Offsets.Creadr),
            Staged(Offsets.Cwriter));
    }
}
