namespace ItsService.Server.Sessions;

/// <summary>Puts several changes into one: each thing as it is last, each end of an interrupt once.</summary>
internal static class ChangesMerge
{
    /// <summary>A line is as it is now.</summary>
    public static void AddLine(V1.Changes into, V1.VcpuLine line)
    {
        for (var index = 0; index < into.Lines.Count; index++)
        {
            if (into.Lines[index].Vcpu == line.Vcpu)
            {
                into.Lines[index] = line;
                return;
            }
        }

        into.Lines.Add(line);
    }

    /// <summary>An interrupt has ended.</summary>
    public static void AddEnd(V1.Changes into, V1.EndOfInterrupt ended)
    {
        if (!into.EndedInterrupts.Contains(ended))
        {
            into.EndedInterrupts.Add(ended);
        }
    }

    /// <summary>
    /// Adds what is told again to a VMM that attaches again: all but lines and state, which it is told in any case.
    /// </summary>
    public static void Merge(V1.Changes? changes, V1.Changes into)
    {
        if (changes is null)
        {
            return;
        }

        foreach (var ended in changes.EndedInterrupts)
        {
            AddEnd(into, ended);
        }

        into.WasReset |= changes.WasReset;
        into.WasRestored |= changes.WasRestored;
    }

    /// <summary>Whether there is nothing to tell.</summary>
    public static bool IsEmpty(V1.Changes changes) =>
        changes is { Lines.Count: 0, EndedInterrupts.Count: 0, State: V1.VmState.Unspecified }
        && !changes.WasReset && !changes.WasRestored;
}
