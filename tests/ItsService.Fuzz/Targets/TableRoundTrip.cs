using ItsService.Core.State;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// What was read from tables is written to them and read again, by another machine with the same registers: the
/// mappings are the same.
/// </summary>
internal static class TableRoundTrip
{
    /// <summary>Saves the tables of these ITSs and restores them elsewhere.</summary>
    public static void Run(Machine machine, IEnumerable<int> services, Behaviours behaviours)
    {
        var saved = machine.Gic.Persistence.Save();
        var copy = new Machine(machine.Shape, machine.Memory.Copy());
        copy.Gic.Pause();
        Require(copy.Gic.Persistence.Restore(saved).Count == 0, "a state is refused");
        copy.Memory.BeginJournal();
        var isSaved = services.All(its => copy.Gic.Userspace.SaveTables(its).IsDone);
        var journal = copy.Memory.EndJournal();
        if (!isSaved || IsWrittenTwice(journal) || HitsLevel1(journal, saved))
        {
            behaviours.Note($"round trip: saved {isSaved}");
            return;
        }

        var other = new Machine(machine.Shape, copy.Memory.Copy());
        other.Gic.Pause();
        foreach (var (register, value) in AttributeRegisters.Read(machine))
        {
            // What is pending is not of the tables, and ITSs that were not restored now may not have any.
            if (register.Group != AttributeGroup.Its || services.Contains(register.Index))
            {
                AttributeRegisters.Write(other, register, WithoutLpis(register, value));
            }
        }

        foreach (var its in services)
        {
            other.Gic.Userspace.RestoreTables(its);
        }

        var result = other.Gic.Userspace.Commit();
        behaviours.Note($"round trip: restored {result.IsDone}");
        Require(result.IsDone, $"tables that were saved are refused: {(result.IsDone ? default : result.Problems[0])}");
        var restored = other.Gic.Persistence.Save();
        foreach (var its in services)
        {
            Continuation.MustBeEqual(
                With(restored, its, saved.Services[its]), restored, "tables that were saved are read as others");
        }
    }

    private static ulong WithoutLpis(AttributeRegister register, ulong value) => register is
    {
        Group: AttributeGroup.Redistributor,
        Place: Offsets.Ctlr or Offsets.Propbaser or Offsets.Propbaser + 4,
    }
        ? 0 : value;

    private static GicState With(GicState state, int its, ItsState mappings) => state with
    {
        Services = state.Services.SetItem(its, state.Services[its] with
        {
            Collections = mappings.Collections,
            Devices = mappings.Devices,
        }),
    };

    /// <summary>A guest may give the same memory to two tables. Then the second that is written wins.</summary>
    private static bool IsWrittenTwice(IReadOnlyList<(ulong Address, byte[] Before)> journal)
    {
        var end = 0UL;
        foreach (var (address, before) in journal.OrderBy(entry => entry.Address))
        {
            if (address < end)
            {
                return true;
            }

            end = address + (ulong)before.Length;
        }

        return false;
    }

    /// <summary>Or lay a table over the first level of another, which nobody writes but the guest.</summary>
    private static bool HitsLevel1(IReadOnlyList<(ulong Address, byte[] Before)> journal, GicState state) =>
        state.Services.SelectMany(service => service.ControlFrame.Basers.Take(2))
            .Select(baser => new Oracles.TableGeometry(baser))
            .Where(table => table is { IsValid: true, IsTwoLevel: true })
            .Any(table => journal.Any(entry => entry.Address < table.Address + table.TableBytes
                && table.Address < entry.Address + (ulong)entry.Before.Length));

    private static void Require(bool isKept, string promise) => BrokenPromiseException.ThrowUnless(isKept, promise);
}
