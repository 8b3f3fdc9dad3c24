using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Attributes;

/// <summary>
/// Attributes, values and tables that nobody checked: each is taken or refused with a reason, and none stops the VM.
/// </summary>
public class RandomAttributesTests
{
    private const int RoundCount = 12;
    private const int WritesPerRound = 40;
    private const uint Device = 1;

    private static readonly ulong[] Offsets =
    [
        RegisterOffset.GitsCtlr, RegisterOffset.GitsIidr, RegisterOffset.GitsTyper, RegisterOffset.GitsCbaser,
        RegisterOffset.GitsCwriter, RegisterOffset.GitsCreadr, RegisterOffset.GitsBaser(0),
        RegisterOffset.GitsBaser(1), RegisterOffset.GitsBaser(2), 0xFFE8,
    ];

    private static readonly uint[] RedistributorOffsets =
    [
        RegisterOffset.GicrCtlr, RegisterOffset.GicrPropbaser, RegisterOffset.GicrPropbaser + 4,
        RegisterOffset.GicrPendbaser, RegisterOffset.GicrPendbaser + 4, RegisterOffset.GicrIspendr, 0x40, 0xA0, 0xB0,
        0x1_0400, 0x1_0C04,
    ];

    [Theory]
    [InlineData(1, Profile.Kvm)]
    [InlineData(2, Profile.Kvm)]
    [InlineData(3, Profile.Kvm)]
    [InlineData(4, Profile.Qemu)]
    [InlineData(5, Profile.Qemu)]
    [InlineData(6, Profile.Qemu)]
    public async Task Nothing_that_is_written_stops_the_vm(int seed, Profile profile)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(vcpuCount: 2, itsCount: 2);
        spec.Profile = profile;
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        var random = new Random(seed);
        var taken = 0;
        var resumed = 0;
        for (var round = 0; round < RoundCount; round++)
        {
            await guest.Api.ResetVmAsync(guest.Name);
            await BootAsync(guest);
            await guest.PauseAsync();
            for (var write = 0; write < WritesPerRound; write++)
            {
                taken += await IsTakenAsync(() => guest.SetAttributeAsync(Attribute(random), Value(random))) ? 1 : 0;
            }

            await SpoilTablesAsync(guest, random);
            var runs = await IsTakenAsync(() => guest.ResumeAsync());
            resumed += runs ? 1 : 0;
            var vm = await guest.DescribeAsync();
            Assert.Equal(("", runs ? VmState.Running : VmState.Paused), (vm.Fault, vm.State));
            await guest.PauseAsync();
            await guest.Api.ResetVmAsync(guest.Name);
            await guest.ResumeAsync();
        }

        Assert.InRange(taken, RoundCount * WritesPerRound / 4, RoundCount * WritesPerRound - 1);
        Assert.InRange(resumed, 0, RoundCount - 1);
    }

    private static async Task BootAsync(Guest guest)
    {
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(0, 0), ItsCommand.MapCollection(1, 1));
        await guest.MapDeviceAsync(Device, eventCount: 3, firstLpi: 8192, collection: 1);
        await guest.SignalAsync(Device, 1);
    }

    /// <summary>
    /// Whether the call was done; refused, it must say why, and not because of an error of the service.
    /// </summary>
    private static async Task<bool> IsTakenAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException error)
        {
            var refusal = Refusal.Of(error);
            Assert.NotEqual(StatusCode.Internal, refusal.Code);
            Assert.All(refusal.Details, detail => Assert.NotEqual(ErrorReason.VmFaulted, detail.Reason));
            return false;
        }
    }

    private static DeviceAttribute Attribute(Random random) => random.Next(8) switch
    {
        0 or 1 or 2 => Gits(Pick(random, Offsets), (uint)random.Next(2)),
        3 or 4 => Gicr((uint)random.Next(2), Pick(random, RedistributorOffsets)),
        5 => Icc((uint)random.Next(2), (uint)random.Next(0xC640, 0xC668)),
        6 => OfIts(ControlGroup, (uint)random.Next(5), (uint)random.Next(2)),
        _ => random.Next(3) switch
        {
            0 => SavePendingTables,
            1 => Gicd((uint)random.Next(0x100) * 4),
            2 => Lines((uint)random.Next(2), (uint)random.Next(34) * 32),
            _ => OfController((uint)random.Next(10), (ulong)random.NextInt64()),
        },
    };

    private static ulong Value(Random random)
    {
        ulong[] addresses =
        [
            GuestMap.Queue(0), GuestMap.DeviceTable(0), GuestMap.CollectionTable(0), GuestMap.PendingTable(0),
            GuestMap.PendingTable(1), GuestMap.ConfigurationTable, GuestMap.ItsBase, 0, 0xF_FFFF_FFFF_0000,
            GuestMap.RamBase + GuestMap.RamSizeBytes - 0x1_0000,
        ];
        return random.Next(6) switch
        {
            0 => (ulong)random.Next(3),
            1 => (ulong)random.Next(0x800) * 32,
            2 or 3 => Pick(random, addresses) | (1UL << 63) | ((ulong)random.Next(2) << 62) | (uint)random.Next(0x400),
            4 => (uint)Pick(random, addresses) | (uint)random.Next(32),
            _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        };
    }

    private static async Task SpoilTablesAsync(Guest guest, Random random)
    {
        foreach (var table in new[]
        {
            GuestMap.DeviceTable(0), GuestMap.CollectionTable(0), GuestMap.TranslationTable(0, Device),
        })
        {
            var entries = new byte[64];
            random.NextBytes(entries);
            await guest.WriteMemoryAsync(table + ((ulong)random.Next(4) * 8), ByteString.CopyFrom(entries));
        }
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
