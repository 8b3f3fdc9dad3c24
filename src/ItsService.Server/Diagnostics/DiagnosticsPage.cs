using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Translation;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Msis;

namespace ItsService.Server.Diagnostics;

/// <summary>The answer to GetDiagnostics.</summary>
internal static class DiagnosticsPage
{
    private const uint PageSizeMax = 1000;

    /// <summary>One page; it ends early before it would be too large a message.</summary>
    public static async Task<V1.GetDiagnosticsResponse> ReadAsync(
        VmHost host, V1.GetDiagnosticsRequest request, ItsServerLimits limits, CancellationToken call)
    {
        var pageSize = PageSizeOf(host, request);
        var snapshot = await host.InspectAsync<TakeDiagnosticsOperation, DiagnosticsSnapshot>(
            new TakeDiagnosticsOperation(host.Name, request.AfterSequence, pageSize), call);
        return PageOf(snapshot, request, limits);
    }

    private static V1.GetDiagnosticsResponse PageOf(
        DiagnosticsSnapshot snapshot, V1.GetDiagnosticsRequest request, ItsServerLimits limits)
    {
        var page = Totals(snapshot);
        var bytes = page.CalculateSize();
        var (told, keptCount) = (request.AfterSequence, 0UL);
        foreach (ref readonly var mistake in snapshot.Mistakes.AsSpan())
        {
            var entry = ToWire(mistake, request.AfterSequence);
            bytes += entry.CalculateSize();
            if (page.Mistakes.Count > 0 && bytes > limits.MessageBytesMax / 2)
            {
                break;
            }

            page.Mistakes.Add(entry);
            (told, keptCount) = (entry.Sequence, keptCount + entry.Count);
        }

        page.LostCount = told - request.AfterSequence - keptCount;
        return page;
    }

    private static int PageSizeOf(VmHost host, V1.GetDiagnosticsRequest request)
    {
        if (request.PageSize > PageSizeMax)
        {
            throw Refusal.Of(host.Name, new Problem(
                V1.ErrorReason.OutOfRange, "page_size", $"{request.PageSize} is out of range")
            {
                Accepted = $"1..{PageSizeMax}, or 0 for {PageSizeMax}",
            });
        }

        return (int)(request.PageSize == 0 ? PageSizeMax : request.PageSize);
    }

    private static V1.GetDiagnosticsResponse Totals(DiagnosticsSnapshot snapshot) => new()
    {
        LastSequence = (ulong)snapshot.LastSequence,
        MistakeTotals =
        {
            snapshot.Kinds.Select(total => new V1.GuestMistakeTotal
            {
                Kind = KindOf(total.Key),
                Count = (ulong)total.Count,
            }),
        },
        MsiTotals = { snapshot.Messages.Select(ToWire) },
        IntCommandTotals = { snapshot.IntCommands.Select(ToWire) },
        DirectLpiTotals = { snapshot.DirectLpis.Select(ToWire) },
        LostLpiTotal = (ulong)snapshot.LostLpis,
        CommandTotals =
        {
            snapshot.Commands.Select(total => new V1.CommandTotal
            {
                Opcode = (uint)total.Opcode,
                OpcodeName = CommandNames.Of(total.Opcode),
                ErrorCode = (uint)total.Error,
                ErrorName = CommandNames.Of(total.Error),
                Count = (ulong)total.Count,
            }),
        },
    };

    private static V1.MsiTotal ToWire(Total<MsiOutcome> total) =>
        new() { Outcome = MsiAnswer.OutcomeOf(total.Key), Count = (ulong)total.Count };

    /// <summary>A mistake on the wire.</summary>
    public static V1.GuestMistake ToWire(in KeptEvent kept, ulong afterSequence)
    {
        var mistake = kept.Event;
        var entry = new V1.GuestMistake
        {
            Sequence = (ulong)kept.LastSequence,
            Time = TimeOf(kept.LastMark),
            Count = (ulong)kept.CountAfter((long)afterSequence),
            FirstTime = TimeOf(kept.FirstMark),
            Kind = KindOf(mistake.Kind),
            Message = MistakeSentence.Of(mistake),
        };
        switch (mistake.Kind)
        {
            case GicEventKind.CommandFailed or GicEventKind.QueueStalled:
                AddCommand(entry, mistake);
                break;
            case GicEventKind.MsiDropped:
                AddMessage(entry, mistake);
                break;
            case GicEventKind.DoorbellWriteIgnored:
                AddDoorbellWrite(entry, mistake);
                break;
            case GicEventKind.DirectLpiDropped:
                entry.Outcome = MsiAnswer.OutcomeOf(mistake.Outcome);
                entry.Vcpu = (uint)mistake.Vcpu.Value;
                entry.IntId = mistake.Lpi.Value;
                break;
            case GicEventKind.ConfigurationUnreadable:
                entry.Vcpu = (uint)mistake.Vcpu.Value;
                entry.IntId = mistake.Lpi.Value;
                break;
            case GicEventKind.PendingTableUnwritable or GicEventKind.PendingTableTooFull:
                entry.Vcpu = (uint)mistake.Vcpu.Value;
                entry.LostLpiCount = (uint)mistake.LpiCount;
                break;
            default:
                entry.Vcpu = (uint)mistake.Vcpu.Value;
                break;
        }

        return entry;
    }

    /// <summary>Entries into the gate mark what happened in them with the time.</summary>
    public static Timestamp TimeOf(long mark) =>
        Timestamp.FromDateTimeOffset(new DateTimeOffset(mark, TimeSpan.Zero));

    private static void AddMessage(V1.GuestMistake entry, in GicEvent mistake)
    {
        entry.Its = (uint)mistake.Its;
        entry.Outcome = MsiAnswer.OutcomeOf(mistake.Outcome);
        entry.SentByIntCommand = mistake.Opcode == CommandOpcode.Int;
        entry.DeviceId = mistake.Device.Value;
        entry.EventId = mistake.Event.Value;
        if (mistake.Lpi.Value != 0)
        {
            entry.IntId = mistake.Lpi.Value;
        }

        if (mistake.Outcome.IsRedistributors())
        {
            entry.Vcpu = (uint)mistake.Vcpu.Value;
        }
    }

    private static void AddDoorbellWrite(V1.GuestMistake entry, in GicEvent mistake)
    {
        entry.Its = (uint)mistake.Its;
        if (mistake.IsByDevice)
        {
            entry.DeviceId = mistake.Device.Value;
        }

        entry.DoorbellWrite = new V1.DoorbellWrite
        {
            Offset = (uint)mistake.Offset,
            SizeBytes = (uint)mistake.SizeBytes,
            Value = mistake.Value,
        };
    }

    private static void AddCommand(V1.GuestMistake entry, in GicEvent mistake)
    {
        var (command, opcode) = (mistake.Command, mistake.Opcode);
        entry.Its = (uint)mistake.Its;
        entry.Command = new V1.CommandMistake
        {
            Opcode = (uint)opcode,
            OpcodeName = CommandNames.Of(opcode),
            QueueOffset = mistake.QueueOffset,
            ErrorCode = (uint)mistake.Error,
            ErrorName = CommandNames.Of(mistake.Error),
            Slot = mistake.Error == CommandError.UnreadableSlot ? ByteString.Empty : CommandFields.Bytes(command),
        };
        if (CommandFields.HasDevice(opcode))
        {
            entry.DeviceId = command.Device.Value;
        }

        if (CommandFields.HasEvent(opcode))
        {
            entry.EventId = command.Event.Value;
        }

        if (CommandFields.HasLpi(opcode))
        {
            entry.IntId = CommandFields.LpiOf(command);
        }

        if (CommandFields.HasCollection(opcode))
        {
            entry.CollectionId = command.Collection.Value;
        }
    }

    /// <summary>The kind on the wire.</summary>
    public static V1.GuestMistakeKind KindOf(GicEventKind kind) => kind switch
    {
        GicEventKind.CommandFailed => V1.GuestMistakeKind.CommandFailed,
        GicEventKind.QueueStalled => V1.GuestMistakeKind.QueueStalled,
        GicEventKind.MsiDropped => V1.GuestMistakeKind.MsiDropped,
        GicEventKind.ConfigurationUnreadable => V1.GuestMistakeKind.ConfigurationUnreadable,
        GicEventKind.PendingTableUnreadable => V1.GuestMistakeKind.PendingTableUnreadable,
        GicEventKind.PendingTableUnwritable => V1.GuestMistakeKind.PendingTableUnwritable,
        GicEventKind.DirectLpiDropped => V1.GuestMistakeKind.DirectLpiDropped,
        GicEventKind.DoorbellWriteIgnored => V1.GuestMistakeKind.DoorbellWriteIgnored,
        GicEventKind.PendingTableTooFull => V1.GuestMistakeKind.PendingTableTooFull,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no word on the wire for this kind"),
    };
}
