using System.Buffers.Binary;
using Google.Protobuf;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>
/// Commands that the service puts into the guest's own queue, all or none, as if another vCPU had done it. What is
/// wrong with a command itself is among the results, and no failure of the call.
/// </summary>
/// <remarks>
/// A guest whose driver remembers where it wrote last, instead of reading GITS_CWRITER, does not know of them.
/// </remarks>
/// <example>
/// <code>
/// var target = RdBase.Of(new VcpuIndex(0));
/// var results = await vm.Commands(new ItsIndex(0))
///     .Mapd(device, new GuestAddress(0x40080000), eventIdBits: 8)
///     .Mapc(new CollectionId(0), target)
///     .Mapti(device, new EventId(0), new IntId(8192), new CollectionId(0))
///     .Sync(target)
///     .SubmitAsync();
/// foreach (var failed in results.NotExecuted)
/// {
///     Console.WriteLine($"command {failed.Place}: {failed.Result.Message}");
/// }
/// </code>
/// </example>
public sealed class CommandBatch
{
    private const int SlotBytes = 4 * sizeof(ulong);

    private readonly ServiceConnection _connection;
    private readonly SubmitRequest _request;

    internal CommandBatch(ServiceConnection connection, VmName vm, ItsIndex its)
    {
        _connection = connection;
        _request = new SubmitRequest { Vm = vm.Value, Its = its.Value };
    }

    /// <summary>How many commands it has.</summary>
    public int Count => _request.Commands.Count;

    /// <summary>MAPD: binds a device to its interrupt translation table of 2^eventIdBits entries.</summary>
    public CommandBatch Mapd(DeviceId device, GuestAddress itt, int eventIdBits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eventIdBits);
        var command = new MapdCommand
        {
            DeviceId = device.Value,
            IttAddress = itt.Value,
            EventIdBits = (uint)eventIdBits,
        };
        return Add(new SubmittedCommand { Mapd = command });
    }

    /// <summary>MAPD with V=0: unmaps a device.</summary>
    public CommandBatch MapdUnmap(DeviceId device) =>
        Add(new SubmittedCommand { Mapd = new MapdCommand { DeviceId = device.Value, Valid = false } });

    /// <summary>MAPC: binds a collection to a redistributor.</summary>
    public CommandBatch Mapc(CollectionId collection, RdBase target) =>
        Add(new SubmittedCommand
        {
            Mapc = new MapcCommand { CollectionId = collection.Value, RdBase = target.Value },
        });

    /// <summary>MAPC with V=0: unmaps a collection.</summary>
    public CommandBatch MapcUnmap(CollectionId collection) =>
        Add(new SubmittedCommand { Mapc = new MapcCommand { CollectionId = collection.Value, Valid = false } });

    /// <summary>MAPTI: binds an event to an LPI and a collection.</summary>
    public CommandBatch Mapti(DeviceId device, EventId eventId, IntId lpi, CollectionId collection)
    {
        var command = new MaptiCommand
        {
            DeviceId = device.Value,
            EventId = eventId.Value,
            IntId = lpi.Value,
            CollectionId = collection.Value,
        };
        return Add(new SubmittedCommand { Mapti = command });
    }

    /// <summary>MAPI: binds an event to the LPI of the same number, and to a collection.</summary>
    public CommandBatch Mapi(DeviceId device, EventId eventId, CollectionId collection)
    {
        var command = new MapiCommand
        {
            DeviceId = device.Value,
            EventId = eventId.Value,
            CollectionId = collection.Value,
        };
        return Add(new SubmittedCommand { Mapi = command });
    }

    /// <summary>MOVI: gives an event another collection, and takes a pending LPI along.</summary>
    public CommandBatch Movi(DeviceId device, EventId eventId, CollectionId collection)
    {
        var command = new MoviCommand
        {
            DeviceId = device.Value,
            EventId = eventId.Value,
            CollectionId = collection.Value,
        };
        return Add(new SubmittedCommand { Movi = command });
    }

    /// <summary>MOVALL: moves what is pending at one redistributor to another.</summary>
    public CommandBatch Movall(RdBase from, RdBase to) =>
        Add(new SubmittedCommand { Movall = new MovallCommand { RdBase1 = from.Value, RdBase2 = to.Value } });

    /// <summary>DISCARD: unmaps an event and clears its pending state.</summary>
    public CommandBatch Discard(DeviceId device, EventId eventId) =>
        Add(new SubmittedCommand
        {
            Discard = new DiscardCommand { DeviceId = device.Value, EventId = eventId.Value },
        });

    /// <summary>INV: reads the configuration of an event's LPI anew.</summary>
    public CommandBatch Inv(DeviceId device, EventId eventId) =>
        Add(new SubmittedCommand { Inv = new InvCommand { DeviceId = device.Value, EventId = eventId.Value } });

    /// <summary>INVALL: reads the configurations of a collection's LPIs anew.</summary>
    public CommandBatch Invall(CollectionId collection) =>
        Add(new SubmittedCommand { Invall = new InvallCommand { CollectionId = collection.Value } });

#pragma warning disable CA1720 // INT is the architecture's name.
    /// <summary>INT: makes an event's LPI pending, as a message does.</summary>
    public CommandBatch Int(DeviceId device, EventId eventId) =>
        Add(new SubmittedCommand { Int = new IntCommand { DeviceId = device.Value, EventId = eventId.Value } });
#pragma warning restore CA1720

    /// <summary>CLEAR: clears the pending state of an event's LPI.</summary>
    public CommandBatch Clear(DeviceId device, EventId eventId) =>
        Add(new SubmittedCommand { Clear = new ClearCommand { DeviceId = device.Value, EventId = eventId.Value } });

    /// <summary>SYNC: waits until earlier commands are visible at a redistributor.</summary>
    public CommandBatch Sync(RdBase target) =>
        Add(new SubmittedCommand { Sync = new SyncCommand { RdBase = target.Value } });

    /// <summary>The 32 bytes of a slot, whatever they say. They are copied.</summary>
    public CommandBatch Raw(ReadOnlySpan<byte> slot) =>
        Add(new SubmittedCommand { Raw = ByteString.CopyFrom(slot) });

    /// <summary>The four doublewords of a slot, whatever they say.</summary>
    public CommandBatch Raw(ulong dw0, ulong dw1, ulong dw2, ulong dw3)
    {
        Span<byte> slot = stackalloc byte[SlotBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(slot, dw0);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], dw1);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], dw2);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], dw3);
        return Raw(slot);
    }

    /// <summary>A command in the form of the API.</summary>
    public CommandBatch Add(SubmittedCommand command)
    {
        _request.Commands.Add(command);
        return this;
    }

    /// <summary>
    /// Puts the commands into the queue and waits until each has been read or will not be. With none it makes no call.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; commands that are in the queue by then stay there.</param>
    public async Task<CommandResults> SubmitAsync(CancellationToken cancellationToken = default)
    {
        if (Count == 0)
        {
            return new CommandResults(new SubmitResponse());
        }

        var call = _connection.Commands.SubmitAsync(_request, _connection.Options(cancellationToken));
        return new CommandResults(await _connection.AnswerAsync(call, cancellationToken));
    }
}
