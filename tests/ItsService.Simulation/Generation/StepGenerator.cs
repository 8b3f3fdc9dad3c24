using ItsService.Core;
using ItsService.Simulation.Shapes;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Generation;

/// <summary>
/// The steps of a seed: everything is set up, and then each action follows its weight. Steps of an action that takes
/// several are mixed with those of others.
/// </summary>
internal sealed class StepGenerator
{
    private const int TranslaterOffset = 0x1_0040;
    private const int MixPercent = 15;

    private readonly Prng _prng;
    private readonly Mode _mode;
    private readonly CommandSource _commands;
    private readonly BringUp _bringUp;
    private readonly CpuSource _cpus;
    private readonly InterruptSource _interrupts;
    private readonly AccessSource _accesses;
    private readonly MemorySource _memory;
    private readonly QueueSource _queues;
    private readonly Queue<SimulationStep> _due = [];
    private readonly int[] _actionCounts = new int[Enum.GetValues<ActionKind>().Length];
    private int _stepsUntilResume;

    public StepGenerator(ulong seed)
    {
        _prng = new Prng(seed);
        _mode = new Mode(_prng);
        _commands = new CommandSource(_prng, _mode);
        _interrupts = new InterruptSource(_prng, _mode);
        _bringUp = new BringUp(_prng, _mode, _commands, _interrupts);
        _cpus = new CpuSource(_prng, _mode);
        _accesses = new AccessSource(_prng, _mode);
        _memory = new MemorySource(_prng, _mode, _bringUp);
        _queues = new QueueSource(_prng, _mode, _commands);
        Enqueue(_bringUp.Everything());
        StepCount = _due.Count + _mode.StepCount;
    }

    /// <summary>The controller.</summary>
    public Shape Shape => _mode.Plan.Shape;

    /// <summary>How many steps the run is to have.</summary>
    public int StepCount { get; }

    /// <summary>How often each action was decided on, by its number.</summary>
    public IReadOnlyList<int> ActionCounts => _actionCounts;

    /// <summary>The next step.</summary>
    public SimulationStep Next()
    {
        if (_stepsUntilResume > 0 && --_stepsUntilResume == 0)
        {
            return new ResumeStep();
        }

        if (_due.Count > 0 && !_prng.Percent(MixPercent))
        {
            return _due.Dequeue();
        }

        var action = _prng.Weighted(_mode.Weights);
        _actionCounts[action]++;
        var steps = Act((ActionKind)action).ToList();
        Enqueue(steps.Skip(1));
        return steps[0];
    }

    private IEnumerable<SimulationStep> Act(ActionKind action)
    {
        var its = _prng.PickFrom(_mode.Plan.Itss);
        return action switch
        {
            ActionKind.Message => [Message(its)],
            ActionKind.Commands => [Commands(its)],
            ActionKind.HostCommands => [new PlaceStep(its.Index, Slots(its))],
            ActionKind.Take => _cpus.Take(),
            ActionKind.Cpu => [_cpus.Any()],
            ActionKind.Line => [_interrupts.Line()],
            ActionKind.Sgi => [_interrupts.Sgi()],
            ActionKind.Interrupt => [_interrupts.Register()],
            ActionKind.Participation => [_interrupts.Participation()],
            ActionKind.Configuration => Configuration(its),
            ActionKind.PendingTable => [_memory.PendingTable()],
            ActionKind.LpiToggle => LpiToggle(),
            ActionKind.ItsToggle => _queues.Toggle(its),
            ActionKind.QueueAbuse => _queues.Abuse(its),
            ActionKind.QueueRepair => _queues.Repair(its),
            ActionKind.SloppyAccess => [_accesses.Sloppy()],
            ActionKind.HostileAccess => [_accesses.Hostile()],
            ActionKind.DirectLpi => [_accesses.DirectLpi()],
            ActionKind.TableScribble => [_memory.Table()],
            ActionKind.Fault => [_memory.Fault()],
            ActionKind.Heal => [new HealStep()],
            ActionKind.Evict => [_memory.Evict()],
            ActionKind.Run => [new RunStep(_prng.Pick(1, 1, 2, 3, 5, 20, 1000, 5000))],
            ActionKind.Pause => Pause(),
            ActionKind.Reset => Reset(),
            ActionKind.Restore => [new RestoreStep()],
            ActionKind.BringUpIts => _bringUp.Its(its),
            _ => _bringUp.Vcpu(_prng.PickFrom(_mode.Plan.Vcpus)),
        };
    }

    private SimulationStep Message(ItsPlan its)
    {
        var (deviceId, eventId) = _commands.Event(its);
        return _prng.Below(5) switch
        {
            0 => new WriteStep(FrameKind.Gits, its.Index, TranslaterOffset, 4, eventId, deviceId),
            1 when eventId <= ushort.MaxValue => new WriteStep(
                FrameKind.Gits, its.Index, TranslaterOffset, 2, eventId | (_prng.Bits(16) << 16), deviceId),
            _ => new MessageStep(its.Index, deviceId, eventId),
        };
    }

    private SubmitStep Commands(ItsPlan its) => new(its.Index, _prng.Percent(5), Slots(its));

    /// <summary>Few, now and then many, and seldom more than a queue of one page holds.</summary>
    private List<Slot> Slots(ItsPlan its)
    {
        var count = _prng.Below(100) switch
        {
            < 95 => _prng.Between(1, 6),
            < 99 => _prng.Between(7, 127),
            _ => _prng.Between(128, 140),
        };
        return [.. Enumerable.Range(0, count).Select(_ => _commands.Any(its))];
    }

    /// <summary>A changed byte, and most often something that has it read.</summary>
    private IEnumerable<SimulationStep> Configuration(ItsPlan its)
    {
        yield return _memory.Configuration();
        switch (_prng.Below(8))
        {
            case 0 or 1 or 2:
                yield return new SubmitStep(its.Index, false, [_commands.Inv(its), _commands.Inv(its)]);
                break;
            case 3 or 4:
                yield return new SubmitStep(its.Index, false, [_commands.Invall(its)]);
                break;
            case 5:
                yield return _accesses.DirectLpi();
                break;
            default:
                break;
        }
    }

    private IEnumerable<SimulationStep> LpiToggle()
    {
        var vcpu = _prng.PickFrom(_mode.Plan.Vcpus);
        if (_prng.Percent(50))
        {
            return _bringUp.Lpis(vcpu, pendingTableZero: _prng.Percent(50));
        }

        // Off, perhaps with another byte in the table, and on again.
        List<SimulationStep> steps = [new WriteStep(FrameKind.Gicr, vcpu, 0x0000, 4, 0)];
        if (_prng.Percent(50))
        {
            steps.Add(_memory.PendingTable());
        }

        steps.Add(new WriteStep(FrameKind.Gicr, vcpu, 0x0000, 4, 1));
        return steps;
    }

    private IEnumerable<SimulationStep> Pause()
    {
        _stepsUntilResume = _prng.Between(1, 12);
        return [new PauseStep()];
    }

    private IEnumerable<SimulationStep> Reset()
    {
        _due.Clear();
        return [new ResetStep(), new HealStep(), .. _bringUp.Everything()];
    }

    private void Enqueue(IEnumerable<SimulationStep> steps)
    {
        foreach (var step in steps)
        {
            _due.Enqueue(step);
        }
    }
}
