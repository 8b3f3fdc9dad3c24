using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Lpis;

/// <summary>INVALL takes the changed configurations of one redistributor's LPIs, and of no others.</summary>
public class InvalidateAllTests
{
    private const uint LpiCount = 2000;
    private const uint CollectionCount = 4;

    [Theory]
    [InlineData(21UL, 1u)]
    [InlineData(22UL, 3u)]
    [InlineData(23UL, 256u)]
    [InlineData(24UL, 700u)]
    public void Changes_are_taken_for_the_collections_target_alone(ulong seed, uint lpisInARow)
    {
        var random = new Xorshift(seed);
        var guest = PendingGuest(lpisInARow);
        var inForce = new byte[LpiCount];
        var written = new byte[LpiCount];
        Array.Fill(inForce, Guest.EnabledAtA0);
        Array.Fill(written, Guest.EnabledAtA0);
        for (var round = 0; round < 40; round++)
        {
            for (var changes = random.Below(60); changes > 0; changes--)
            {
                var lpi = random.Below(LpiCount);
                written[lpi] = (byte)(random.Below(256) | 2);
                guest.Configure(8192 + lpi, written[lpi]);
            }

            var collection = random.Below(CollectionCount);
            guest.Run(GuestCommand.Invall(collection));
            for (var lpi = 0u; lpi < LpiCount; lpi++)
            {
                inForce[lpi] = CollectionOf(lpi, lpisInARow) == collection ? written[lpi] : inForce[lpi];
            }

            AssertInForce(guest, inForce, new Where(seed, round));
        }
    }

    [Fact]
    public void A_stretch_of_the_table_without_lpis_of_the_target_is_not_read()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Map(1, 0, 8192 + 40_000, collection: 1, cpu: 1);
        guest.Accesses.StartRecording();
        guest.Run(GuestCommand.Invall(1));
        var read = Assert.Single(guest.Accesses.StopRecording(), access =>
            access.Range.Start.Value - Places.ConfigurationTable < 0x1_0000);
        Assert.True(read.Range.Contains(new GuestAddress(Places.ConfigurationByte(8192 + 40_000))));
    }

    private static uint CollectionOf(uint lpi, uint lpisInARow) => lpi / lpisInARow % CollectionCount;

    /// <summary>All LPIs pending, each at its collection's vCPU: the configuration in force can be seen.</summary>
    private static Guest PendingGuest(uint lpisInARow)
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)));
        for (var collection = 0u; collection < CollectionCount; collection++)
        {
            guest.Run(GuestCommand.Mapc(collection, collection));
        }

        for (var lpi = 0u; lpi < LpiCount; lpi++)
        {
            guest.Run(GuestCommand.Mapti(0, lpi, 8192 + lpi, CollectionOf(lpi, lpisInARow)), GuestCommand.Int(0, lpi));
        }

        Assert.Empty(guest.TakeErrors());
        return guest;
    }

    private static void AssertInForce(Guest guest, byte[] expected, Where where)
    {
        for (var vcpu = 0; vcpu < (int)CollectionCount; vcpu++)
        {
            foreach (var pending in guest.Gic.Inspection.PendingLpis(new(vcpu)))
            {
                var configuration = expected[pending.Lpi.Value - 8192];
                Must.Hold(
                    pending.IsEnabled == ((configuration & 1) != 0) && pending.Priority == (configuration & 0xFC),
                    $"{where} {pending.Lpi.Value}");
            }
        }
    }
}
