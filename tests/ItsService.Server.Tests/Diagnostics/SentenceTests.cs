using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Translation;
using ItsService.Server.Diagnostics;

namespace ItsService.Server.Tests.Diagnostics;

/// <summary>Every error, outcome and kind has words of its own.</summary>
public class SentenceTests
{
    private static readonly CommandError[] Errors =
        [.. Enum.GetValues<CommandError>().Where(error => error != CommandError.None)];

    public static TheoryData<CommandError, string> Names => new()
    {
        { CommandError.None, "" },
        { CommandError.MapdIttSizeOutOfRange, "MAPD_ITTSIZE_OOR" },
        { CommandError.MapcProcessorOutOfRange, "MAPC_PROCNUM_OOR" },
        { CommandError.MapcCollectionOutOfRange, "MAPC_COLLECTION_OOR" },
        { CommandError.MaptiPhysicalIdOutOfRange, "MAPTI_PHYSICALID_OOR" },
        { CommandError.ClearUnmappedInterrupt, "CLEAR_UNMAPPED_INTERRUPT" },
        { CommandError.InvallUnmappedCollection, "INVALL_UNMAPPED_COLLECTION" },
        { CommandError.MovallProcessorOutOfRange, "MOVALL_PROCNUM_OOR" },
        { CommandError.DiscardUnmappedDevice, "DISCARD_UNMAPPED_DEVICE" },
        { CommandError.MoviIdOutOfRange, "MOVI_ID_OOR" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Error_has_the_architectures_name(CommandError error, string name) =>
        Assert.Equal(name, CommandNames.Of(error));

    [Fact]
    public void Names_of_errors_differ()
    {
        Assert.Equal(Errors.Length, Errors.Select(CommandNames.Of).Distinct().Count());
        Assert.All(Errors, error => Assert.Matches("^[A-Z]+_[A-Z_]+$", CommandNames.Of(error)));
    }

    [Fact]
    public void Every_error_has_a_sentence_that_names_what_it_is_about()
    {
        foreach (var error in Errors)
        {
            var sentence = CommandSentence.Of(PacketFor(error), error);

            Assert.DoesNotContain("is in error", sentence, StringComparison.Ordinal);
            var condition = (uint)error & 0xFF;
            if ((uint)error < 0xFF00_0000 && condition is 0x01 or 0x04 && !error.ToString().StartsWith("Movall"))
            {
                Assert.Contains("device 0x10", sentence, StringComparison.Ordinal);
            }

            if ((uint)error < 0xFF00_0000 && condition is 0x05 or 0x07)
            {
                Assert.Contains("event 9 of device 0x10", sentence, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Every_outcome_of_a_dropped_message_has_a_sentence_of_its_own()
    {
        var sentences = Enum.GetValues<MsiOutcome>().Select(outcome => (outcome, MistakeSentence.Of(new GicEvent
        {
            Kind = GicEventKind.MsiDropped,
            Outcome = outcome,
            Device = new(0x10),
        }))).Where(each => each.outcome > MsiOutcome.Coalesced).ToArray();

        Assert.Equal(sentences.Length, sentences.Select(each => each.Item2).Distinct().Count());
        Assert.All(sentences, each => Assert.DoesNotContain($"{each.outcome}", each.Item2, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_kind_has_a_sentence() => Assert.All(
        Enum.GetValues<GicEventKind>(),
        kind => Assert.Contains(' ', MistakeSentence.Of(new GicEvent { Kind = kind })));

    private static CommandPacket PacketFor(CommandError error)
    {
        var code = ((uint)error >> 8) & 0xFF;
        var opcode = (uint)error >= 0xFF00_0000 ? 0x08 : code == 5 ? 4 : code;
        return new CommandPacket((0x10UL << 32) | opcode, 9, 0, 0);
    }
}
