using ItsService.Core.Commands;
using ItsService.Core.GuestTables;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.Userspace;

/// <summary>What is staged for one ITS comes into force, each value judged by the whole.</summary>
internal readonly struct ItsCommit(InterruptTranslationService service, ItsStage stage, RestoreProblems problems)
{
    private string Path => $"its[{service.Number}]";

    /// <summary>The registers. What was mapped goes with a table that changes.</summary>
    public void SetRegisters()
    {
        if (!stage.IsEmpty)
        {
            SetTables();
            SetQueue();
            SetControl();
        }
    }

    /// <summary>
    /// A table that changes takes what was in it along, as it does for a guest; so does one that is what it was when
    /// another value came in between, which is how a VMM empties an ITS.
    /// </summary>
    private void SetTables()
    {
        for (var number = 0; number < GitsBaser.Count; number++)
        {
            var present = service.ControlFrame.Baser(number);
            if (stage.Baser(number) is not { } baser
                || IsRefused($"GITS_BASER{number}", present.Raw, baser)
                || IsFixed)
            {
                continue;
            }

            service.ControlFrame.ReplaceBaser(number, new GitsBaser(baser));
            if (stage.IsTableGone(number))
            {
                service.ControlFrame.ForgetTable(number);
            }
        }
    }

    private void SetQueue()
    {
        var (cbaser, readOffset, writeOffset, isStalled) = service.Queue.Save();
        if (stage.Cbaser is { } written && !IsRefused("GITS_CBASER", cbaser, written))
        {
            (cbaser, readOffset, writeOffset, isStalled) = (written, 0, 0, false);
        }

        if (stage.Creadr is { } creadr)
        {
            (readOffset, isStalled) = ((uint)creadr & ~1u, creadr.Bit(0));
        }

        writeOffset = (uint?)stage.Cwriter ?? writeOffset;
        var size = new GitsCbaser(cbaser).SizeBytes;
        CheckOffset("GITS_CREADR", readOffset, size);
        CheckOffset("GITS_CWRITER", writeOffset, CommandQueue.WriteOffsetLimit(size, service.Parts.Profile));
        service.Queue.Restore(new CommandQueueState(cbaser, readOffset, writeOffset, isStalled));
    }

    /// <summary>Whether the ITS is enabled and stays so, and its tables and its queue where they are.</summary>
    private bool IsFixed => service.IsEnabled && !stage.WasDisabled;

    /// <summary>Whether a base register cannot take another value, which is told.</summary>
    private bool IsRefused(string register, ulong present, ulong written)
    {
        var isRefused = IsFixed && written != present;
        if (isRefused)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"{Path}.{register}",
                $"the ITS is enabled with 0x{present:X} already; it cannot become 0x{written:X} before it is disabled");
        }

        return isRefused;
    }

    private void CheckOffset(string register, uint offset, ulong size)
    {
        if (offset >= size)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"{Path}.{register}",
                $"0x{offset:X} is outside the queue, which has 0x{size:X} bytes");
        }
    }

    private void SetControl()
    {
        var isEnabled = stage.IsEnabled ?? service.IsEnabled;
        service.ControlFrame.Restore(service.ControlFrame.Save() with { IsEnabled = isEnabled });
        if (isEnabled && service.Parts.Profile.EnableNeedsValidTables && !service.ControlFrame.HasValidTables())
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"{Path}.GITS_CTLR",
                "Enabled is 1, and GITS_CBASER, GITS_BASER0 or GITS_BASER1 is not valid");
        }
    }

    /// <summary>
    /// The tables, once the registers of all ITSs are set: what they map may be as much as all others leave room for.
    /// The areas get the places of those that are read, and <paramref name="read"/> the ITS.
    /// </summary>
    public MemoryOutcome RestoreTables(SlotBudget budget, TableAreas areas, SortedSet<int> read)
    {
        if (!stage.RestoresTables)
        {
            return MemoryOutcome.Ok;
        }

        if (service.Devices.Count > 0 || service.Collections.Count > 0)
        {
            problems.Add(
                RestoreProblemKind.Twice,
                Path,
                "tables are restored over what is mapped; reset the ITS, or write its GITS_BASER, first");
            return MemoryOutcome.Ok;
        }

        var (parts, limits) = (service.Parts, service.Parts.Configuration);
        var mappings = new ReadMappings(
            limits.MappedDevicesMax - parts.MappedDeviceCount, limits.MappedEventsMax - parts.MappedEventCount);
        var outcome = ItsTableReader.Read(service, budget, problems, mappings);
        areas.Add(service.Number, mappings.Devices);
        read.Add(service.Number);
        if (!outcome.IsOk || !problems.IsEmpty)
        {
            return outcome;
        }

        foreach (var device in mappings.Devices)
        {
            service.Restore(device);
        }

        foreach (var (lpi, configuration) in mappings.Configurations)
        {
            service.Parts.Configurations.Store(new IntId(lpi), configuration);
        }

        return MemoryOutcome.Ok;
    }
}
