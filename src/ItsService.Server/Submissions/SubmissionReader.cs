using ItsService.Core;
using ItsService.Core.Commands;
using ItsService.Core.Submissions;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using Kind = ItsService.Protocol.V1.SubmittedCommand.KindOneofCase;

namespace ItsService.Server.Submissions;

/// <summary>From a SubmitRequest to slots. All commands are checked before the first is put anywhere.</summary>
internal static class SubmissionReader
{
    /// <summary>The slots; throws a refusal when anything is wrong with any command.</summary>
    public static CommandSubmission Read(
        VirtualGicConfiguration shape, V1.SubmitRequest request, ItsServerLimits limits, RequestProblems problems)
    {
        IndexCheck.Check(request.Its, shape.ItsCount, "ITS", FieldPath.Request, "its", problems);
        CheckCount(request.Commands.Count, limits, problems);
        var slots = new byte[request.Commands.Count * CommandPacket.SizeBytes];
        for (var index = 0; index < request.Commands.Count; index++)
        {
            Encode(request.Commands[index], index, shape, slots.AsSpan(index * CommandPacket.SizeBytes), problems);
        }

        problems.ThrowIfAny();
        return new CommandSubmission(slots);
    }

    // What is wrong with so many commands need not be told, nor what is wrong with none.
    private static void CheckCount(int count, ItsServerLimits limits, RequestProblems problems)
    {
        const string Field = "commands";
        if (count == 0)
        {
            problems.Add(new Problem(V1.ErrorReason.Required, Field, "there are no commands")
            {
                Accepted = $"1..{CommandSubmission.CountMax}",
            });
        }
        else if (count > CommandSubmission.CountMax)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, Field, $"{count} commands, and the largest queue holds fewer")
            {
                Accepted = $"1..{CommandSubmission.CountMax}",
            });
        }
        else if (count > SubmissionAnswer.CountMax(limits))
        {
            problems.Add(new Problem(V1.ErrorReason.LimitExceeded, Field, $"{count} commands in one call")
            {
                Accepted = $"at most {SubmissionAnswer.CountMax(limits)}, so that the results fit in an answer",
            });
        }
        else
        {
            return;
        }

        problems.ThrowIfAny();
    }

    private static void Encode(
        V1.SubmittedCommand command, int index, VirtualGicConfiguration shape, Span<byte> slot,
        RequestProblems problems)
    {
        if (command.KindCase == Kind.Raw)
        {
            EncodeRaw(command, index, slot, problems);
            return;
        }

        var checks = new CommandFieldChecks(
            index, NameOf(command.KindCase), shape.Profile.PhysicalTargetAddresses, problems);
        var packet = command.KindCase switch
        {
            Kind.Mapd => CommandEncoding.Of(command.Mapd, checks),
            Kind.Mapc => CommandEncoding.Of(command.Mapc, checks),
            Kind.Mapti => CommandEncoding.Of(command.Mapti, checks),
            Kind.Mapi => CommandEncoding.Of(command.Mapi, checks),
            Kind.Movi => CommandEncoding.Of(command.Movi, checks),
            Kind.Movall => CommandEncoding.Of(command.Movall, checks),
            Kind.Invall => CommandEncoding.Of(command.Invall, checks),
            Kind.Sync => CommandEncoding.Of(command.Sync, checks),
            Kind.Discard => CommandEncoding.OfEvent(
                CommandOpcode.Discard, command.Discard.DeviceId, command.Discard.EventId),
            Kind.Inv => CommandEncoding.OfEvent(CommandOpcode.Inv, command.Inv.DeviceId, command.Inv.EventId),
            Kind.Int => CommandEncoding.OfEvent(CommandOpcode.Int, command.Int.DeviceId, command.Int.EventId),
            Kind.Clear => CommandEncoding.OfEvent(CommandOpcode.Clear, command.Clear.DeviceId, command.Clear.EventId),
            _ => Missing(index, problems),
        };
        packet.Encode(slot);
    }

    private static void EncodeRaw(
        V1.SubmittedCommand command, int index, Span<byte> slot, RequestProblems problems)
    {
        if (command.Raw.Length != CommandPacket.SizeBytes)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, $"commands[{index}].raw", $"{command.Raw.Length} bytes are no slot")
            {
                Accepted = $"{CommandPacket.SizeBytes} bytes",
            });
            return;
        }

        command.Raw.Span.CopyTo(slot);
    }

    private static CommandPacket Missing(int index, RequestProblems problems)
    {
        problems.Add(new Problem(V1.ErrorReason.Required, $"commands[{index}]", "the command is missing")
        {
            Accepted = "one of the commands, or raw",
        });
        return default;
    }

    // The names of the fields in their oneof.
    private static string NameOf(Kind kind) => kind switch
    {
        Kind.Mapd => "mapd",
        Kind.Mapc => "mapc",
        Kind.Mapti => "mapti",
        Kind.Mapi => "mapi",
        Kind.Movi => "movi",
        Kind.Movall => "movall",
        Kind.Invall => "invall",
        Kind.Sync => "sync",
        _ => "",
    };
}
