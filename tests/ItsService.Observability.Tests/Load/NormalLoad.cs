using ItsService.Client;
using ItsService.Observability.Tests.Hosting;

namespace ItsService.Observability.Tests.Load;

/// <summary>
/// What a service does on a good day, on two of them: one as it is by default, and one that tells its VMs apart. A
/// Linux that boots, `itsctl stress` by calls and by streams, guests with a VMM, saves and restores; and the small
/// mistakes of guests and clients that nobody needs to be woken for.
/// </summary>
internal static class NormalLoad
{
    private const string Linux = "linux61-boot-io-4cpu.trace.gz";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static async Task<List<LiveGuest>> StartAsync(ObservedService fleet, ObservedService named, Loops loops)
    {
        List<LiveGuest> guests = [];
        foreach (var (service, id) in new[] { (fleet, "fleet"), (named, "watched") })
        {
            var guest = await LiveGuest.BootAsync(service.Client, id, new GuestRam());
            guest.Start(loops);
            guests.Add(guest);
            foreach (var path in new[] { "unary", "stream" })
            {
                loops.Start($"stress by {path}", Pause, _ => service.ItsctlAsync(
                    loops.Ending, "stress", "-v", "4", "-d", "4", "-e", "4", "-i", "25", "--path", path));
            }
        }

        loops.Start("Linux", Pause, _ => fleet.ItsctlAsync(
            loops.Ending, "replay", RepositoryFolder.PathOf("tests", "recordings", Linux)));
        loops.Start("lost clients", Pause, _ => LookForNobodyAsync(fleet.Client, loops.Ending));
        await RungDoorbell.StartAsync(fleet.Client, loops);
        await StateRounds.StartAsync(fleet.Client, loops);
        return guests;
    }

    private static async Task LookForNobodyAsync(ItsClient client, CancellationToken ending)
    {
        try
        {
            await client.Vm("nobody").DescribeAsync(ending);
        }
        catch (ItsServiceException refusal) when (refusal.StatusCode == Grpc.Core.StatusCode.NotFound)
        {
            // As it should be.
        }
    }
}
