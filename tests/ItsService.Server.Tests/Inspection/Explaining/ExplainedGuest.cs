using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Inspection.Explaining;

/// <summary>A guest with one device of four events, whose LPIs go to vCPU 0, and questions about it.</summary>
internal static class ExplainedGuest
{
    public const uint Device = 0x10;
    public const uint Lpi = 8192;
    public const uint EventCount = 4;
    public const uint Spi = 40;

    public static async Task<Guest> BootAsync(Api api, string id = "guest")
    {
        var guest = await Guest.BootAsync(api, id);
        await guest.MapDeviceAsync(Device, EventCount, Lpi);
        return guest;
    }

    /// <summary>About an event; of the device, unless said otherwise.</summary>
    public static Task<ExplainResponse> ExplainAsync(
        this Guest guest, uint eventId = 0, uint device = Device, uint its = 0) =>
        guest.Api.ExplainAsync(new ExplainRequest
        {
            Vm = guest.Name,
            Event = new EventToExplain { Its = its, DeviceId = device, EventId = eventId },
        });

    /// <summary>About an INTID.</summary>
    public static Task<ExplainResponse> ExplainIntIdAsync(this Guest guest, uint intId, uint? vcpu = null)
    {
        var asked = new IntIdToExplain { IntId = intId };
        if (vcpu is { } whose)
        {
            asked.Vcpu = whose;
        }

        return guest.Api.ExplainAsync(new ExplainRequest { Vm = guest.Name, IntId = asked });
    }

    /// <summary>An SPI in Group 1, with an edge that has come.</summary>
    public static async Task RaiseSpiAsync(this Guest guest, byte priority = 0x80, bool isEnabled = true)
    {
        await guest.WriteGicdAsync(0x80 + 4, 1 << (int)(Spi % 32), 4);
        await guest.WriteGicdAsync(0xC00 + (Spi / 16 * 4), 2U << (int)(2 * (Spi % 16)), 4);
        await guest.WriteGicdAsync(0x400 + Spi, priority, 1);
        if (isEnabled)
        {
            await guest.WriteGicdAsync(0x100 + 4, 1 << (int)(Spi % 32), 4);
        }

        await guest.SetLevelsAsync(LineLevels.High(Spi));
    }

    /// <summary>A register of the distributor, by its offset.</summary>
    public static Task WriteGicdAsync(this Guest guest, ulong offset, ulong value, uint sizeBytes) =>
        guest.Api.WriteAsync(new WriteRegisterRequest
        {
            Vm = guest.Name,
            Target = Guest.At(GuestMap.DistributorBase + offset),
            SizeBytes = sizeBytes,
            Value = value,
        });
}
