using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Msi;

/// <summary>
/// A message that was translated once is translated by the present mapping the next time (conformance
/// 125, 135 to 139, 188, 219 to 222).
/// </summary>
public class StaleTranslationTests
{
    public static TheoryData<string, MsiOutcome> Ways => new()
    {
        { "DISCARD", MsiOutcome.DroppedEventUnmapped },
        { "MAPD V=0", MsiOutcome.DroppedDeviceUnmapped },
        { "MAPD V=1", MsiOutcome.DroppedEventUnmapped },
        { "MAPD V=1, smaller", MsiOutcome.DroppedEventOutOfRange },
        { "MAPC V=0", MsiOutcome.DroppedCollectionUnmapped },
        { "BASER0", MsiOutcome.DroppedDeviceUnmapped },
        { "BASER1", MsiOutcome.DroppedCollectionUnmapped },
        { "disable", MsiOutcome.DroppedItsDisabled },
        { "reset", MsiOutcome.DroppedItsDisabled },
        { "EnableLPIs=0", MsiOutcome.DroppedLpisDisabled },
        { "MOVI to disabled", MsiOutcome.DroppedLpisDisabled },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void No_hit_outlives_what_ends_it(string way, MsiOutcome outcome)
    {
        var guest = Guest.Started();
        guest.Map(0, 3, 8192);
        for (var hit = 0; hit < 3; hit++)
        {
            Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 3));
            guest.Cpu(0).TakeAll();
        }

        End(guest, way);

        Assert.Equal(outcome, guest.Signal(0, 3));
        Assert.All(Enumerable.Range(0, 4), vcpu => Assert.Empty(guest.PendingAt(vcpu)));
    }

    [Theory]
    [InlineData("MOVI")]
    [InlineData("MAPC")]
    [InlineData("MAPTI")]
    public void Hit_goes_to_the_current_target(string way)
    {
        var guest = Guest.Started();
        guest.Map(0, 3, 8192);
        guest.Run(GuestCommand.Mapc(1, 2));
        guest.Signal(0, 3);
        guest.Cpu(0).TakeAll();
        guest.Run(way switch
        {
            "MOVI" => GuestCommand.Movi(0, 3, 1),
            "MAPC" => GuestCommand.Mapc(0, 2),
            _ => GuestCommand.Mapti(0, 3, 8192, 1),
        });

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 3));
        Assert.Empty(guest.PendingAt(0));
        Assert.Equal([8192u], guest.Cpu(2).TakeAll());
    }

    [Fact]
    public void Every_mapped_event_is_found_however_many_there_are()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapc(1, 1));
        for (var number = 0u; number < 4096; number++)
        {
            guest.Publish(0, GuestCommand.Mapti(0, number * 16, 8192 + number, number % 2));
        }

        for (var number = 0u; number < 4096; number++)
        {
            Assert.Equal(MsiOutcome.Pended, guest.Signal(0, number * 16));
        }

        Assert.Equal(Enumerable.Range(0, 2048).Select(n => (uint)((2 * n) + 8192)), guest.Cpu(0).TakeAll());
        Assert.Equal(Enumerable.Range(0, 2048).Select(n => (uint)((2 * n) + 8193)), guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Messages_round_robin_reach_their_own_vcpu()
    {
        var guest = Guest.Started();
        for (var number = 0u; number < 64; number++)
        {
            if (number < 4)
            {
                guest.Map(number, 0, 8192 + number, collection: number, cpu: number);
            }
            else
            {
                guest.Run(GuestCommand.Mapti(number % 4, number / 4, 8192 + number, number % 4));
            }
        }

        for (var number = 0u; number < 64; number++)
        {
            guest.Signal(number % 4, number / 4);
        }

        for (var vcpu = 0u; vcpu < 4; vcpu++)
        {
            Assert.Equal(
                Enumerable.Range(0, 16).Select(n => 8192 + vcpu + (4 * (uint)n)), guest.Cpu((int)vcpu).TakeAll());
        }
    }

    private static void End(Guest guest, string way)
    {
        switch (way)
        {
            case "DISCARD":
                guest.Run(GuestCommand.Discard(0, 3));
                break;
            case "MAPD V=0":
                guest.Run(GuestCommand.MapdUnmap(0));
                break;
            case "MAPD V=1":
                guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)));
                break;
            case "MAPD V=1, smaller":
                guest.Run(GuestCommand.Mapd(0, 1, Places.Itt(0)));
                break;
            case "MAPC V=0":
                guest.Run(GuestCommand.MapcUnmap(0));
                break;
            case "BASER0":
                guest.Disable();
                guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.Scratch | Guest.Pages64K);
                guest.Enable();
                break;
            case "BASER1":
                guest.Disable();
                guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.Scratch | Guest.Pages64K);
                guest.Enable();
                break;
            case "disable":
                guest.Disable();
                break;
            case "reset":
                guest.Gic.Reset();
                break;
            case "EnableLPIs=0":
                guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
                break;
            default:
                guest.Gicr(3).Write32(GicrOffset.Ctlr, 0);
                guest.Run(GuestCommand.Mapc(1, 3), GuestCommand.Movi(0, 3, 1));
                break;
        }
    }
}
