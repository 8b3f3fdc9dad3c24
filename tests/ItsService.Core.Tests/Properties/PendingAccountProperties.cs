using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Properties;

/// <summary>
/// Random streams of commands, messages, acknowledges and enables on two ITSs, against a plain model: after each step
/// every redistributor holds the same LPIs pending, and what was pended is acknowledged, cleared or pending.
/// </summary>
public class PendingAccountProperties
{
    private const int StepCount = 2000;
    private const uint DeviceCount = 3;
    private const uint EventCount = 9;
    private const uint LpiCount = 30;
    private const uint CollectionCount = 5;
    private const uint VcpuCountAndOne = 5;

    [Theory]
    [InlineData(0x101UL)]
    [InlineData(0x202UL)]
    [InlineData(0x303UL)]
    [InlineData(0x404UL)]
    [InlineData(0x505UL)]
    [InlineData(0x606UL)]
    public void Pending_state_is_that_of_the_plain_model(ulong seed)
    {
        var random = new Xorshift(seed);
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        var configurations = new byte[LpiCount];
        for (var number = 0u; number < LpiCount; number++)
        {
            configurations[number] = (byte)((random.Below(30) << 3) | (random.OneIn(6) ? 0u : 1u));
            guest.Configure(8192 + number, configurations[number]);
        }

        var model = new ReferenceModel(2, 4, lpi => configurations[lpi - 8192]);
        MapSome(guest, model);
        for (var step = 0; step < StepCount; step++)
        {
            Take(random, guest, model, new Where(seed, step));
            Compare(guest, model, new Where(seed, step));
        }

        Assert.True(model.Account.Acknowledged > 50, $"seed 0x{seed:X}: too little happened, {model.Account}");
    }

    private static void MapSome(Guest guest, ReferenceModel model)
    {
        for (var number = 0u; number < DeviceCount; number++)
        {
            for (var its = 0; its < 2; its++)
            {
                model.MapDevice(its, number, 3);
                model.MapCollection(its, number, (int)number);
                guest.RunOn(
                    its, GuestCommand.Mapd(number, 3, Places.Itt(number, its)), GuestCommand.Mapc(number, number));
            }
        }
    }

    private static void Compare(Guest guest, ReferenceModel model, Where where)
    {
        for (var vcpu = 0; vcpu < 4; vcpu++)
        {
            Must.Hold(model.PendingAt(vcpu).SequenceEqual(guest.PendingAt(vcpu)), $"{where}: pending at vCPU {vcpu}");
            Must.Hold(
                (model.BestAt(vcpu) ?? CpuPort.Spurious) == guest.Cpu(vcpu).HighestPending, $"{where}: best at {vcpu}");
            Must.Hold(model.BestAt(vcpu) is not null == guest.Cpu(vcpu).IsAsserted, $"{where}: line of vCPU {vcpu}");
        }

        var (pended, acknowledged, cleared) = model.Account;
        Must.Hold(pended == acknowledged + cleared + model.PendingCount, $"{where}: the account does not close");
    }

    private static void Take(Xorshift random, Guest guest, ReferenceModel model, Where where)
    {
        var its = (int)random.Below(2);
        var device = random.Below(DeviceCount);
        var eventId = random.Below(EventCount);
        var collection = random.Below(CollectionCount);
        var vcpu = (int)random.Below(4);
        switch (random.Below(20))
        {
            case 0 when random.OneIn(12):
                var bits = (int)random.Below(2) + 2;
                model.MapDevice(its, device, bits);
                guest.RunOn(its, GuestCommand.Mapd(device, bits, Places.Itt(device, its)));
                break;
            case 1 when random.OneIn(20):
                model.UnmapDevice(its, device);
                guest.RunOn(its, GuestCommand.MapdUnmap(device));
                break;
            case 2:
                var target = random.Below(VcpuCountAndOne);
                model.MapCollection(its, collection, (int)target);
                guest.RunOn(its, GuestCommand.Mapc(collection, target));
                break;
            case 3 when random.OneIn(8):
                model.UnmapCollection(its, collection);
                guest.RunOn(its, GuestCommand.MapcUnmap(collection));
                break;
            case 4 or 5 or 6 or 16:
                var lpi = 8192 + random.Below(LpiCount);
                model.MapEvent(its, device, eventId, lpi, collection);
                guest.RunOn(its, GuestCommand.Mapti(device, eventId, lpi, collection));
                break;
            case 7:
                model.Move(its, device, eventId, collection);
                guest.RunOn(its, GuestCommand.Movi(device, eventId, collection));
                break;
            case 8 when random.OneIn(2):
                model.Discard(its, device, eventId);
                guest.RunOn(its, GuestCommand.Discard(device, eventId));
                break;
            case 9:
                model.Clear(its, device, eventId);
                guest.RunOn(its, GuestCommand.Clear(device, eventId));
                break;
            case 10:
                model.Signal(its, device, eventId);
                guest.RunOn(its, GuestCommand.Int(device, eventId));
                break;
            case 11 when random.OneIn(3):
                var (from, to) = (random.Below(VcpuCountAndOne), random.Below(VcpuCountAndOne));
                model.MoveAll((int)from, (int)to);
                guest.RunOn(its, GuestCommand.Movall(from, to));
                break;
            case 12 when random.OneIn(4):
                var isEnabled = !random.OneIn(4);
                model.EnableLpis(vcpu, isEnabled);
                guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, isEnabled ? 1UL : 0);
                break;
            case 13 or 14:
                var expected = model.Acknowledge(vcpu);
                Must.Hold(expected == guest.Cpu(vcpu).Acknowledge(), $"{where}: acknowledge at vCPU {vcpu}");
                guest.Cpu(vcpu).End(expected);
                break;
            case 15 when random.OneIn(4):
                guest.RunOn(
                    its, GuestCommand.Invall(collection), GuestCommand.Inv(device, eventId), GuestCommand.Sync(0));
                break;
            default:
                Must.Hold(
                    model.Signal(its, device, eventId) == guest.Signal(device, eventId, its), $"{where}: message");
                break;
        }
    }
}
