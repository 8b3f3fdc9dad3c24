using ItsService.Core.CpuInterface;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.State;

/// <summary>
/// A long mixed command queue: all twelve commands, right ones and wrong ones, over several devices, collections and
/// vCPUs, with messages, acknowledges and changed configurations between them.
/// </summary>
internal sealed class CommandScript
{
    public const int Length = 208;

    /// <summary>The device that MAPI is for: its EventIDs reach into the LPIs.</summary>
    private const uint MapiDevice = 6;
    private const uint DeviceCount = 6;
    private const int SetupLength = 18;
    private const uint CollectionCount = 6;
    private const uint VcpuCount = 4;
    private const uint EventCount = 8;
    private const int MapiEventBits = 14;

    private readonly Xorshift _random;
    private readonly int _itsCount;
    private readonly bool _fitsTables;
    private uint _ittCount;

    private CommandScript(ulong seed, int itsCount, bool fitsTables)
    {
        _random = new Xorshift(seed);
        _itsCount = itsCount;
        _fitsTables = fitsTables;
    }

    /// <param name="seed">Of the choice.</param>
    /// <param name="itsCount">How many ITSs get commands.</param>
    /// <param name="fitsTables">
    /// Whether nothing is done that KVM's tables and registers have no room for: an LPI of two events, and a
    /// configuration in memory that is not in force yet.
    /// </param>
    public static ScriptBeat[] Build(ulong seed, int itsCount, bool fitsTables)
    {
        var script = new CommandScript(seed, itsCount, fitsTables);
        return [.. Enumerable.Range(0, Length).Select(script.NextBeat)];
    }

    private ScriptBeat NextBeat(int number)
    {
        var its = number % _itsCount;
        var place = number / _itsCount;
        var command = place < SetupLength ? Setup((uint)place, its)
            : _random.OneIn(5) ? NextWrong(its)
            : NextRight(its);
        var actions = Enumerable.Range(0, (int)_random.Below(4)).Select(_ => NextAction()).ToArray();
        return new ScriptBeat(its, command, actions);
    }

    /// <summary>Enough for the first messages to arrive: collections, devices, events.</summary>
    private GuestCommand Setup(uint number, int its) => number switch
    {
        < 3 => GuestCommand.Mapc(number, number),
        < 6 => MapDevice(number - 2, its),
        12 => GuestCommand.Movi(1, 0, 2),
        13 => GuestCommand.Discard(3, 0),
        14 => MapDevice(MapiDevice, its),
        15 => GuestCommand.Mapi(MapiDevice, 8600, 1),
        16 => GuestCommand.Inv(1, 0),
        17 => GuestCommand.Clear(1, 1),
        _ => GuestCommand.Mapti(number % 3 + 1, number % 2, Lpi(number % 3 + 1, number % 2), number % 3),
    };

    private GuestCommand NextRight(int its)
    {
        var device = 1 + _random.Below(DeviceCount - 1);
        var eventId = _random.Below(EventCount);
        var collection = _random.Below(CollectionCount);
        return _random.Below(18) switch
        {
            0 => MapDevice(1 + _random.Below(DeviceCount), its),
            1 => GuestCommand.MapdUnmap(1 + _random.Below(DeviceCount)),
            2 or 3 => GuestCommand.Mapc(collection, _random.Below(VcpuCount)),
            4 => GuestCommand.MapcUnmap(collection),
            5 or 6 or 7 => GuestCommand.Mapti(device, eventId, Lpi(device, eventId), collection),
            8 => GuestCommand.Mapi(MapiDevice, 8600 + eventId, collection),
            9 => GuestCommand.Movi(device, eventId, collection),
            10 => GuestCommand.Discard(device, eventId),
            11 => GuestCommand.Inv(device, eventId),
            12 => GuestCommand.Invall(collection),
            13 => GuestCommand.Movall(_random.Below(VcpuCount), _random.Below(VcpuCount)),
            14 or 15 => GuestCommand.Int(device, eventId),
            16 => GuestCommand.Clear(device, eventId),
            _ => GuestCommand.Sync(_random.Below(VcpuCount)),
        };
    }

    private GuestCommand NextWrong(int its) => _random.Pick(
        GuestCommand.Mapd(70_000, 4, Places.Itt(0, its)),
        GuestCommand.Mapd(1, 17, Places.Itt(0, its)),
        GuestCommand.MapdUnmap(70_000),
        GuestCommand.Mapc(9000, 0),
        GuestCommand.Mapc(1, 9),
        GuestCommand.Mapti(99, 0, 8192, 0),
        GuestCommand.Mapti(1, 5000, 8192, 0),
        GuestCommand.Mapti(1, 0, 100, 0),
        GuestCommand.Mapi(MapiDevice, 100, 0),
        GuestCommand.Movi(99, 0, 0),
        GuestCommand.Movi(1, 5000, 0),
        GuestCommand.Discard(99, 0),
        GuestCommand.Inv(1, 5000),
        GuestCommand.Invall(77),
        GuestCommand.Movall(0, 9),
        GuestCommand.Int(99, 0),
        GuestCommand.Clear(1, 5000),
        GuestCommand.Sync(9),
        GuestCommand.Opcode(0x7F));

    /// <summary>Every MAPD gives memory that was never used: software gives a translation table zeroed.</summary>
    private GuestCommand MapDevice(uint device, int its) =>
        GuestCommand.Mapd(device, device == MapiDevice ? MapiEventBits : 4, Places.Itt(++_ittCount, its));

    private uint Lpi(uint device, uint eventId) => _fitsTables
        ? 8192 + (device * 16) + eventId
        : 8192 + _random.Below(40);

    private Action<Guest> NextAction()
    {
        var vcpu = (int)_random.Below(VcpuCount);
        var its = (int)_random.Below((uint)_itsCount);
        var device = 1 + _random.Below(DeviceCount);
        var eventId = device == MapiDevice ? 8600 + _random.Below(EventCount) : _random.Below(EventCount);
        var lpi = 8192 + _random.Below(40);
        var mask = _random.Pick<byte>(0xFF, 0xFF, 0xF0, 0x50);
        var configuration = _random.Pick<byte>(0xA3, 0xA2, 0x43, 0xE3);
        return _random.Below(10) switch
        {
            0 => guest => guest.Cpu(vcpu).Acknowledge(),
            1 => guest => guest.Cpu(vcpu).End(8192),
            2 => guest => guest.Cpu(vcpu).Mask(mask),
            3 => guest => guest.Cpu(vcpu).Write(SystemRegister.IccBpr1, mask % 8U),
            4 or 5 when !_fitsTables => guest => guest.Configure(lpi, configuration),
            _ => guest => guest.Signal(device, eventId, its),
        };
    }
}
