using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using EventId = ItsService.Core.Identifiers.EventId;

namespace ItsService.Server.Msis;

/// <summary>A checked message to an ITS.</summary>
internal readonly record struct MsiMessage(int Its, DeviceId Device, EventId Event)
{
    private const ulong ItsSizeBytes = 0x2_0000;

    /// <summary>
    /// From a request. As KVM does, every address in the 128 KiB of an ITS is its doorbell, and a message that lacks
    /// the DeviceID, or lies in no ITS, is refused with EINVAL.
    /// </summary>
    public static MsiMessage Read(
        VirtualGicConfiguration shape, V1.SignalMsiRequest request, RequestProblems problems) =>
        Read(shape, request.Its, request.Doorbell, "", problems);

    /// <summary>From one message of a list.</summary>
    public static MsiMessage Read(
        VirtualGicConfiguration shape, V1.Msi message, string path, RequestProblems problems) =>
        Read(shape, message.Its, message.Doorbell, path, problems);

    private static MsiMessage Read(
        VirtualGicConfiguration shape, V1.ItsMsi? direct, V1.DoorbellMsi? doorbell, string path,
        RequestProblems problems)
    {
        if (direct is not null)
        {
            IndexCheck.Check(direct.Its, shape.ItsCount, "ITS", FieldPath.Request, $"{path}its.its", problems);
            return new MsiMessage(
                (int)Math.Min(direct.Its, int.MaxValue), new DeviceId(direct.DeviceId), new EventId(direct.EventId));
        }

        if (doorbell is not null)
        {
            return ReadDoorbell(shape.Layout, doorbell, path, problems);
        }

        problems.Add(new Problem(V1.ErrorReason.Required, $"{path}message", "the message is missing")
        {
            Accepted = "its or doorbell",
        });
        return default;
    }

    private static MsiMessage ReadDoorbell(
        FrameLayout layout, V1.DoorbellMsi doorbell, string path, RequestProblems problems)
    {
        if (!doorbell.HasDeviceId)
        {
            problems.Add(new Problem(
                V1.ErrorReason.DeviceIdRequired, $"{path}doorbell.device_id",
                "an ITS cannot translate without a DeviceID")
            {
                Accepted = "the DeviceID of who writes, on PCI its requester ID",
                Errno = Errno.InvalidValue,
            });
        }

        if (layout.Locate(new GuestAddress(doorbell.Address)) is not { Frame: FrameKind.Gits } location)
        {
            problems.Add(new Problem(
                V1.ErrorReason.NoDoorbell, $"{path}doorbell.address",
                $"0x{doorbell.Address:X} lies in no ITS of this VM")
            {
                Accepted = Doorbells(layout),
                Errno = Errno.InvalidValue,
            });
            return default;
        }

        return new MsiMessage(location.Index, new DeviceId(doorbell.DeviceId), new EventId(doorbell.Data));
    }

    private static string Doorbells(FrameLayout layout)
    {
        var ranges = layout.ItsBases.OfType<GuestAddress>()
            .Select(start => $"0x{start.Value:X}..0x{start.Value + ItsSizeBytes - 1:X}");
        return string.Join(" or ", ranges) is { Length: > 0 } accepted ? accepted : "none: no ITS has its place yet";
    }
}
