using System.Runtime.InteropServices;
using ItsService.Core;
using ItsService.Core.Userspace;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// Does what a script says with a machine that is new and Paused, over memory with tables that were saved there. Each
/// commit keeps the promises of <see cref="CheckedCommit"/>, and a guest that goes on those of
/// <see cref="Continuation"/>.
/// </summary>
internal sealed class ScriptRun
{
    private const int ActionCount = 24;
    private const int ResumesMax = 4;

    private readonly Script _script;
    private readonly Behaviours _behaviours;
    private readonly Template _template;
    private readonly Machine _machine;
    private readonly CheckedCommit _commit;
    private int _resumes;

    public ScriptRun(Script script, Behaviours behaviours)
    {
        (_script, _behaviours) = (script, behaviours);
        _template = Template.Of(script.Shape, script.IsTwoLevel);
        _machine = _template.MakeEmpty();
        _machine.Gic.Pause();
        _commit = new CheckedCommit(_machine, behaviours);
    }

    /// <summary>
    /// For each commit, and the save and the continuation that go with it: copies of the VM, in the commit and in the
    /// machines that are compared. A step that fills memory maps up to 1024 devices and 8192 events, 12 MiB a commit as
    /// they were seen; without one there are a few of them, and a mebibyte and a half.
    /// </summary>
    public static long AllocatedBytesMax(Script script)
    {
        var commits = 1 + script.Steps.Count(step => step.Verb is
            ScriptVerb.Commit or ScriptVerb.Resume or ScriptVerb.SaveTables or ScriptVerb.SavePendingTables);
        var fills = script.Steps.Any(step => step.Verb is ScriptVerb.RepeatMemory or ScriptVerb.FillMemory);
        return (2L << 20) + (commits * ((fills ? 20L : 3L) << 20));
    }

    /// <summary>Does it, and lets the VM run at the end.</summary>
    public void Execute()
    {
        foreach (var step in _script.Steps)
        {
            Do(step);
        }

        Resume(seed: 0);
    }

    private void Do(ScriptStep step)
    {
        var its = step.Place % _machine.ItsCount;
        switch (step.Verb)
        {
            case ScriptVerb.WriteMemory:
                _machine.Memory.Poke(ScriptPlaces.Address(_machine, step), step.Value);
                break;
            case ScriptVerb.FlipMemory:
                var address = ScriptPlaces.Address(_machine, step);
                _machine.Memory.Poke(address, (_machine.Memory.Peek(address) ?? 0) ^ step.Value);
                break;
            case ScriptVerb.FillMemory:
                var bytes = new byte[(step.Value >> 8) & 0x3FFF];
                bytes.AsSpan().Fill((byte)step.Value);
                _machine.Memory.Poke(ScriptPlaces.Address(_machine, step), bytes);
                break;
            case ScriptVerb.RepeatMemory:
                RepeatMemory(step);
                break;
            case ScriptVerb.EvictMemory:
                _machine.Memory.Evict(ScriptPlaces.Address(_machine, step), (int)(step.Value % 4) + 1);
                break;
            case ScriptVerb.WriteRegister:
                Write(ScriptPlaces.Register(_machine, step), step.Value);
                break;
            case ScriptVerb.WriteAnywhere:
                Write(ScriptPlaces.Anywhere(_machine, step), step.Value);
                break;
            case ScriptVerb.StageSaved:
                StageSaved(new Prng(step.Value));
                break;
            case ScriptVerb.RestoreTables:
                _commit.RestoreTables(its);
                break;
            case ScriptVerb.ResetIts:
                _commit.ResetIts(its);
                break;
            case ScriptVerb.Commit:
                _commit.Run(resumes: false);
                break;
            case ScriptVerb.Resume:
                Resume(step.Value);
                break;
            case ScriptVerb.Pause:
                _machine.Gic.Pause();
                break;
            case ScriptVerb.SaveTables:
                _commit.SaveTables(its);
                break;
            default:
                _commit.SavePendingTables();
                break;
        }
    }

    /// <summary>The upper four bits of the index tell how often: 1, 2, 4 and so on.</summary>
    private void RepeatMemory(ScriptStep step)
    {
        var entries = new ulong[1 << (step.Index >> 12)];
        entries.AsSpan().Fill(step.Value);
        var first = step with { Index = (ushort)(step.Index & 0xFFF) };
        _machine.Memory.Poke(ScriptPlaces.Address(_machine, first), MemoryMarshal.AsBytes(entries.AsSpan()));
    }

    private void Write(AttributeRegister register, ulong value)
    {
        var result = AttributeRegisters.Write(_machine, register, value);
        _behaviours.Note($"write {register.Group} {result.Error} {result.Message}");
        if (result.Error == UserspaceError.None)
        {
            _commit.NoteWritten(register, value);
            var read = AttributeRegisters.Read(_machine, register);
            BrokenPromiseException.ThrowUnless(
                read.Error == UserspaceError.None, $"{register} can be written, and not be read: {read.Message}");
            BrokenPromiseException.ThrowUnless(
                AttributeRegisters.Read(_machine, register) == read, $"{register} reads differently the second time");
        }
    }

    private void StageSaved(Prng random)
    {
        var left = _template.Registers.ToList();
        while (left.Count > 0)
        {
            var index = random.Below(left.Count);
            var (register, value) = left[index];
            if (AttributeRegisters.Write(_machine, register, value).Error == UserspaceError.None)
            {
                _commit.NoteWritten(register, value);
            }

            (left[index], left[^1]) = (left[^1], left[index]);
            left.RemoveAt(left.Count - 1);
        }
    }

    private void Resume(ulong seed)
    {
        if (_machine.Gic.State == RunState.Running || !_commit.Run(resumes: true) || ++_resumes > ResumesMax)
        {
            return;
        }

        Continuation.Run(_machine, seed, ActionCount, _behaviours);
    }
}
