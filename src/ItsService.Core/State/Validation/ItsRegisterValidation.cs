using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Core.State.Validation;

/// <summary>The registers of an ITS: each as it would read after it was written.</summary>
internal static class ItsRegisterValidation
{
    private const ulong StatusBits = 0x3FF;

    public static bool AreRight(ProblemList problems, string path, ItsState state, GicProfile profile)
    {
        var found = new ProblemList();
        CheckQueue(found, path, state.Queue, profile);
        CheckStatus(found, path, state.ControlFrame, profile);
        if (StateValidation.HasLength(found, $"{path}.GITS_BASER", state.ControlFrame.Basers, GitsBaser.Count))
        {
            CheckBasers(found, path, state, profile);
        }

        foreach (var problem in found.ToList())
        {
            problems.Add(problem.Path, problem.Message);
        }

        return found.IsEmpty;
    }

    private static void CheckQueue(ProblemList problems, string path, CommandQueueState state, GicProfile profile)
    {
        var cbaser = new GitsCbaser(state.Cbaser);
        problems.AddUnless(
            (state.Cbaser & ~GitsCbaser.WritableMask) == 0
                && (state.Cbaser == 0 || cbaser.Sanitized(profile.AttributePolicy) == cbaser),
            $"{path}.GITS_CBASER",
            $"0x{state.Cbaser:X} cannot be its value");
        CheckOffset(problems, $"{path}.GITS_CREADR", state.ReadOffset, (uint)cbaser.SizeBytes);
        var writeLimit = (uint)CommandQueue.WriteOffsetLimit(cbaser.SizeBytes, profile);
        CheckOffset(problems, $"{path}.GITS_CWRITER", state.WriteOffset, writeLimit);
        problems.AddUnless(
            !state.IsStalled || profile.CommandErrorPolicy != CommandErrorPolicy.Continue,
            $"{path}.GITS_CREADR",
            "the queue never stalls in this profile");
    }

    private static void CheckOffset(ProblemList problems, string path, uint offset, uint limit) => problems.AddUnless(
        offset < limit && offset % CommandPacket.SizeBytes == 0,
        path,
        $"0x{offset:X} is no multiple of 0x{CommandPacket.SizeBytes:X} below 0x{limit:X}");

    private static void CheckStatus(ProblemList problems, string path, ItsControlFrameState state, GicProfile profile)
    {
        problems.AddUnless(
            (state.Statusr & ~(profile.HasStatusRegister ? StatusBits : 0)) == 0,
            $"{path}.GITS_STATUSR",
            $"0x{state.Statusr:X} cannot be its value");
        problems.AddUnless(
            state.Umsir == 0 || profile is { HasStatusRegister: true, RecordsUnmappedMessages: true },
            $"{path}.GITS_UMSIR",
            "this profile has none");
    }

    private static void CheckBasers(ProblemList problems, string path, ItsState state, GicProfile profile)
    {
        var basers = state.ControlFrame.Basers;
        for (var number = 0; number < basers.Length; number++)
        {
            var stored = new GitsBaser(basers[number]);
            problems.AddUnless(
                stored == ItsControlFrame.BaserAtReset(number, profile)
                    || stored == ItsControlFrame.AcceptedBaser(number, stored, profile),
                $"{path}.GITS_BASER{number}",
                $"0x{stored.Raw:X} cannot be its value");
        }

        problems.AddUnless(
            !state.ControlFrame.IsEnabled || !profile.EnableNeedsValidTables
                || ItsControlFrame.HasValidTables(
                    new GitsCbaser(state.Queue.Cbaser), new GitsBaser(basers[0]), new GitsBaser(basers[1]), profile),
            $"{path}.GITS_CTLR",
            "an ITS whose queue or tables are not valid is not enabled");
    }
}
