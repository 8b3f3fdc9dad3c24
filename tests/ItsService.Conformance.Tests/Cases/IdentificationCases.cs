using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class IdentificationCases
{
    private const int Pidr2 = 0xFFE8;
    private const int FirstIdentification = 0xFFD0;
    private const int IdentificationCount = 12;

    private static readonly int[] ReservedOffsets = [0x1C, 0x50, 0x98, 0x140, 0x8000];

    public static CaseSection Section { get; } = new("ITS registers: identification and access rules",
    [
        A(1, "GITS_IIDR is written with its complement", "it keeps its value")
            .Passes(guest => AssertConstant(guest, GitsOffset.Iidr, 4, guest.IsKvm()
                ? 0x4B00_043Bu : 0x0000_043Bu)),
        A(2, "GITS_TYPER is written with its complement", "it keeps its value, Physical is 1")
            .Passes(guest =>
            {
                AssertConstant(guest, GitsOffset.Typer, 8, guest.Gits().Read64(GitsOffset.Typer));
                Assert.Equal(1u, guest.Gits().Read64(GitsOffset.Typer) & 1);
            }),
        K(3, "GITS_TYPER is read", "0x1EF71")
            .Passes(guest => Assert.Equal(0x1_EF71u, guest.Gits().Read64(GitsOffset.Typer))),
        Q(4, "GITS_TYPER is read, GICv3 and GICv4 machine", "0x1F0001EFB1 and 0x3F0001EFB3")
            .HasNoCounterpart(
                "Virtual LPIs are not part of this controller, so that there is no GICv4 value to read.",
                "0x1F0001EFB1, the GICv3 machine's",
                guest => Assert.Equal(0x1F_0001_EFB1u, guest.Gits().Read64(GitsOffset.Typer))),
        A(5, "GITS_TYPER is read in two 32-bit halves", "they make up the 64-bit value")
            .Passes(guest => Assert.Equal(
                guest.Gits().Read64(GitsOffset.Typer),
                guest.Gits().Read32(GitsOffset.Typer) | (guest.Gits().Read32(GitsOffset.Typer + 4) << 32))),
        A(6, "GITS_TYPER.ID_bits and Devbits are read", "neither is 0")
            .Passes(guest =>
            {
                var typer = guest.Gits().Read64(GitsOffset.Typer);
                Assert.NotEqual(0u, (typer >> 8) & 0x1F);
                Assert.NotEqual(0u, (typer >> 13) & 0x1F);
            }),
        A(7, "GITS_PIDR2 is read", "the architecture revision is 3")
            .Passes(guest => Assert.Equal(0x3Bu, guest.Gits().Read32(Pidr2))),
        K(8, "All identification registers are read", "KVM's values")
            .Passes(guest => AssertIdentification(guest, pidr4: 0x40, pidr0: 0x92)),
        Q(9, "All identification registers are read", "QEMU's values")
            .Passes(guest => AssertIdentification(guest, pidr4: 0x44, pidr0: 0x94)),
        A(10, "Ones are written to every identification register", "all keep their values")
            .Passes(guest =>
            {
                var before = ReadIdentification(guest);
                for (var number = 0; number < before.Length; number++)
                {
                    guest.Gits().Write32(FirstIdentification + (4 * number), uint.MaxValue);
                }

                Assert.Equal(before, ReadIdentification(guest));
            }),
        K(11, "GITS_CTLR is read as a byte and as a halfword", "0")
            .Passes(guest =>
            {
                Assert.Equal(0u, guest.Gits().Read(GitsOffset.Ctlr, 1));
                Assert.Equal(0u, guest.Gits().Read(GitsOffset.Ctlr, 2));
            }),
        K(12, "Eight bytes are read at GITS_CTLR", "0")
            .Passes(guest => Assert.Equal(0u, guest.Gits().Read64(GitsOffset.Ctlr))),
        K(13, "Four bytes are read at 0x82", "0")
            .Passes(guest =>
            {
                Assert.NotEqual(0u, guest.Gits().Read64(GitsOffset.Cbaser));
                Assert.Equal(0u, guest.Gits().Read32(0x82));
            }),
        A(14, "Reserved offsets are read and written with ones", "they read 0, nothing else changes")
            .Passes(ReservedOffsetsDoNothing),
        A(15, "MPAMIDR, PARTIDR, MPIDR, STATUSR and UMSIR are written with ones", "they read 0")
            .Passes(guest =>
            {
                AssertConstant(guest, 0x10, 4, 0);
                AssertConstant(guest, 0x14, 4, 0);
                AssertConstant(guest, 0x18, 4, 0);
                AssertConstant(guest, GitsOffset.Statusr, 4, 0);
                AssertConstant(guest, 0x48, 8, 0);
            }),
        A(16, "A command in error, then ones to GITS_STATUSR", "0 where it is not built; it never tells of commands")
            .Passes(CommandErrorsAreNotInStatusr),
        A(17, "GITS_TRANSLATER is read", "0")
            .Passes(guest => Assert.Equal(0u, guest.Gits().Read32(GitsOffset.Translater))),
        A(18, "GITS_CTLR is read after a reset", "Quiescent is 1, the rest 0")
            .FromReset()
            .Passes(guest => Assert.Equal(0x8000_0000u, guest.Gits().Read32(GitsOffset.Ctlr))),
        K(19, "GITS_CBASER, CREADR and CWRITER are read after a reset", "0")
            .FromReset()
            .Passes(guest => Assert.Equal(
                (0u, 0u, 0u),
                (guest.Gits().Read64(GitsOffset.Cbaser), guest.Creadr(), guest.Cwriter()))),
    ]);

    private static void AssertConstant(Guest guest, int offset, int sizeBytes, ulong value)
    {
        Assert.Equal(value, guest.Gits().Read(offset, sizeBytes));
        guest.Gits().Write(offset, sizeBytes, ~value);
        Assert.Equal(value, guest.Gits().Read(offset, sizeBytes));
    }

    private static void AssertIdentification(Guest guest, byte pidr4, byte pidr0)
    {
        ulong[] expected = [pidr4, 0, 0, 0, pidr0, 0xB4, 0x3B, 0, 0x0D, 0xF0, 0x05, 0xB1];
        Assert.Equal(expected, ReadIdentification(guest));
    }

    private static ulong[] ReadIdentification(Guest guest) =>
        [.. Enumerable.Range(0, IdentificationCount).Select(n => guest.Gits().Read32(FirstIdentification + (4 * n)))];

    private static void ReservedOffsetsDoNothing(Guest guest)
    {
        guest.Map(0, 0, 8192);
        var before = Snapshot.Of(guest);
        foreach (var offset in ReservedOffsets)
        {
            guest.Gits().Write32(offset, uint.MaxValue);
            Assert.Equal(0u, guest.Gits().Read32(offset));
        }

        Assert.Equal(before, Snapshot.Of(guest));
    }

    private static void CommandErrorsAreNotInStatusr(Guest guest)
    {
        var withStatus = Guest.Started(guest.Options with
        {
            Profile = guest.Options.Profile with { HasStatusRegister = true, RecordsUnmappedMessages = true },
        });
        foreach (var one in new[] { guest, withStatus })
        {
            one.Run(GuestCommand.Mapti(1, 0, 8192, 0));
            Assert.Equal([CommandError.MaptiUnmappedDevice], one.TakeErrors());
            Assert.Equal(0u, one.Gits().Read32(GitsOffset.Statusr));
            one.Gits().Write32(GitsOffset.Statusr, uint.MaxValue);
            Assert.Equal(0u, one.Gits().Read32(GitsOffset.Statusr));
        }
    }
}
