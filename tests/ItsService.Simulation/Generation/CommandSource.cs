using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Generation;

/// <summary>Makes commands: of the numbers in play, now and then of odd ones, and now and then of anything.</summary>
internal sealed class CommandSource(Prng prng, Mode mode)
{
    /// <summary>How many kinds of commands there are here.</summary>
    public const int OpcodeCount = 13;

    private const ulong Valid = 1UL << 63;
    private const ulong DeviceBits = 0xFFFF_FFFF_0000_00FF;
    private const ulong EventBits = 0xFFFF_FFFF;
    private const ulong CollectionBits = 0xFFFF;
    private const ulong TargetBits = 0x000F_FFFF_FFFF_0000;
    private const ulong IttBits = 0x000F_FFFF_FFFF_FF00;

    // The virtual commands, and some that are none.
    private static readonly byte[] UnknownOpcodes =
        [0x21, 0x22, 0x23, 0x25, 0x29, 0x2A, 0x2B, 0x2D, 0x2E, 0x00, 0x02, 0xFF];

    // Each with how often it is meant, and the bits of its doublewords that mean something.
    private static readonly (byte Opcode, int Weight, Slot Meant)[] Commands =
    [
        (0x08, 12, new Slot(DeviceBits, 0x1F, Valid | IttBits, 0)),
        (0x09, 14, new Slot(0xFF, 0, Valid | TargetBits | CollectionBits, 0)),
        (0x0A, 40, new Slot(DeviceBits, ulong.MaxValue, CollectionBits, 0)),
        (0x0B, 8, new Slot(DeviceBits, EventBits, CollectionBits, 0)),
        (0x01, 14, new Slot(DeviceBits, EventBits, CollectionBits, 0)),
        (0x0F, 8, new Slot(DeviceBits, EventBits, 0, 0)),
        (0x03, 16, new Slot(DeviceBits, EventBits, 0, 0)),
        (0x04, 8, new Slot(DeviceBits, EventBits, 0, 0)),
        (0x0C, 14, new Slot(DeviceBits, EventBits, 0, 0)),
        (0x0D, 6, new Slot(0xFF, 0, CollectionBits, 0)),
        (0x0E, 8, new Slot(0xFF, 0, TargetBits, TargetBits)),
        (0x05, 4, new Slot(0xFF, 0, TargetBits, 0)),
        (0x00, 2, new Slot(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue)),
    ];

    private readonly int[] _weights =
        [.. Commands.Select((command, index) => command.Weight * Math.Max(mode.CommandFactors[index], 0))];

    private Plan Plan => mode.Plan;

    /// <summary>Any command.</summary>
    public Slot Any(ItsPlan its)
    {
        var kind = _weights.Sum() == 0 ? prng.Below(OpcodeCount) : prng.Weighted(_weights);
        var (opcode, _, meant) = Commands[kind];
        var slot = opcode == 0 ? Garbage() : Of(its, opcode);
        return prng.Percent(mode.ReservedBitsPercent) ? WithReservedBits(slot, meant) : slot;
    }

    /// <summary>MAPD of a device in play.</summary>
    public static Slot Mapd(DevicePlan device) => new(
        ((ulong)device.DeviceId << 32) | 0x08, (uint)(device.EventIdBits - 1), Valid | device.IttAddress, 0);

    /// <summary>MAPC of a collection to a vCPU in play.</summary>
    public Slot Mapc(uint collection) =>
        new(0x09, 0, Valid | (Plan.Shape.RdBase(prng.PickFrom(Plan.Vcpus)) << 16) | collection, 0);

    /// <summary>MAPTI of an event in play.</summary>
    public Slot Mapti(ItsPlan its, DevicePlan device, uint eventId) => new(
        ((ulong)device.DeviceId << 32) | 0x0A,
        ((ulong)prng.PickFrom(Plan.Lpis) << 32) | eventId,
        prng.PickFrom(its.Collections),
        0);

    /// <summary>INV of any event in play.</summary>
    public Slot Inv(ItsPlan its) => Of(its, 0x0C);

    /// <summary>INVALL of any collection in play.</summary>
    public Slot Invall(ItsPlan its) => Of(its, 0x0D);

    /// <summary>Four random doublewords, more often than not with the opcode of a command.</summary>
    public Slot Garbage()
    {
        var dw0 = prng.Next();
        if (prng.Percent(60))
        {
            dw0 = (dw0 & ~0xFFUL) | Commands[prng.Below(OpcodeCount - 1)].Opcode;
        }
        else if (prng.Percent(50))
        {
            dw0 = (dw0 & ~0xFFUL) | prng.PickFrom(UnknownOpcodes);
        }

        return new Slot(dw0, prng.Next(), prng.Next(), prng.Next());
    }

    /// <summary>A device and an event, as messages name them.</summary>
    public (uint DeviceId, uint EventId) Event(ItsPlan its)
    {
        var device = prng.PickFrom(its.Devices);
        return (
            IsOdd() ? prng.PickFrom(its.OddDevices) : device.DeviceId,
            IsOdd() ? prng.PickFrom(device.OddEvents) : prng.PickFrom(device.Events));
    }

    private Slot Of(ItsPlan its, byte opcode)
    {
        var device = prng.PickFrom(its.Devices);
        var (deviceId, eventId) = Event(its);
        if (!IsOdd())
        {
            // Device and event belong together.
            deviceId = device.DeviceId;
            eventId = prng.PickFrom(IsOdd() ? device.OddEvents : device.Events);
        }

        var dw0 = ((ulong)deviceId << 32) | opcode;
        return opcode switch
        {
            0x08 => prng.Percent(25)
                ? new Slot(dw0, IsOdd() ? prng.Bits(5) : 0, IsOdd() ? prng.Next() & IttBits : 0, 0)
                : Mapd(device) with { Dw0 = dw0, Dw1 = Size(device) },
            0x09 => new Slot(
                opcode, 0, (prng.Percent(75) ? Valid : 0) | (Target() << 16) | Collection(its), 0),
            0x0A => new Slot(dw0, ((ulong)Lpi() << 32) | eventId, Collection(its), 0),
            0x0B => new Slot(dw0, prng.Percent(60) ? MapiEvent(device) : eventId, Collection(its), 0),
            0x01 => new Slot(dw0, eventId, Collection(its), 0),
            0x0D => new Slot(opcode, 0, Collection(its), 0),
            0x0E => new Slot(opcode, 0, Target() << 16, Target() << 16),
            0x05 => new Slot(opcode, 0, Target() << 16, 0),
            _ => new Slot(dw0, eventId, 0, 0),
        };
    }

    private bool IsOdd() => prng.Percent(mode.OddPercent);

    private uint Lpi() => prng.PickFrom(IsOdd() ? Plan.OddLpis : Plan.Lpis);

    private uint Collection(ItsPlan its) => prng.PickFrom(IsOdd() ? its.OddCollections : its.Collections) & 0xFFFF;

    private uint MapiEvent(DevicePlan device)
    {
        uint[] candidates = [.. device.Events.Where(eventId => eventId >= 8192)];
        return candidates.Length == 0 ? Lpi() : prng.PickFrom(candidates);
    }

    private ulong Size(DevicePlan device) => IsOdd()
        ? prng.Pick<ulong>((ulong)Plan.Shape.EventIdBits() & 31, prng.Bits(5), 0, 31)
        : (ulong)(device.EventIdBits - 1);

    private ulong Target() => IsOdd()
        ? prng.Pick<ulong>(
            Plan.Shape.RdBase(Plan.Shape.VcpuCount),
            Plan.Shape.RdBase(prng.PickFrom(Plan.Vcpus)) + 1,
            Plan.Shape.RdBase(prng.PickFrom(Plan.Vcpus)) | (1UL << prng.Between(16, 35)),
            0xF_FFFF_FFFF,
            prng.Bits(36))
        : Plan.Shape.RdBase(prng.PickFrom(Plan.Vcpus));

    private Slot WithReservedBits(Slot slot, Slot meant) => new(
        slot.Dw0 | (prng.Next() & ~meant.Dw0),
        slot.Dw1 | (prng.Next() & ~meant.Dw1),
        slot.Dw2 | (prng.Next() & ~meant.Dw2),
        slot.Dw3 | (prng.Next() & ~meant.Dw3));
}
