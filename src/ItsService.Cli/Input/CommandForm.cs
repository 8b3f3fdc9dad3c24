using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>How a command is written on the command line, and what it becomes.</summary>
/// <param name="Name">Its name in lower case.</param>
/// <param name="Parameters">What it takes, in the order in which help shows it.</param>
/// <param name="Make">Makes it of its numbers; one that was left out is 0, but "valid" is 1.</param>
internal sealed record CommandForm(
    string Name, IReadOnlyList<CommandParameter> Parameters, Func<CommandNumbers, SubmittedCommand> Make)
{
    private const ulong AddressMax = (1UL << 52) - 1;

    private static readonly CommandParameter Device = new("device", 0, uint.MaxValue) { IsHex = true };
    private static readonly CommandParameter Event = new("event", 0, uint.MaxValue);
    private static readonly CommandParameter Lpi = new("lpi", 0, uint.MaxValue);
    private static readonly CommandParameter Icid = new("icid", 0, ushort.MaxValue);
    private static readonly CommandParameter Bits = new("bits", 1, 32) { IsForMapping = true };
    private static readonly CommandParameter Valid = new("valid", 0, 1) { IsOptional = true };
    private static readonly CommandParameter RdBase = Target("rdbase");

    private static readonly CommandParameter Itt = new("itt", 0, AddressMax & ~0xFFUL)
    {
        Multiple = 0x100,
        IsHex = true,
        IsForMapping = true,
    };

    /// <summary>The commands of the architecture. The names of their fields are those of the documentation.</summary>
    public static IReadOnlyList<CommandForm> All { get; } =
    [
        new("mapd", [Device, Itt, Bits, Valid], n => new SubmittedCommand
        {
            Mapd = new MapdCommand
            {
                DeviceId = n.Small(Device), IttAddress = n[Itt], EventIdBits = n.Small(Bits), Valid = n.IsValid,
            },
        }),
        new("mapc", [Icid, RdBase with { IsForMapping = true }, Valid], n => new SubmittedCommand
        {
            Mapc = new MapcCommand { CollectionId = n.Small(Icid), RdBase = n[RdBase], Valid = n.IsValid },
        }),
        new("mapti", [Device, Event, Lpi, Icid], n => new SubmittedCommand
        {
            Mapti = new MaptiCommand
            {
                DeviceId = n.Small(Device),
                EventId = n.Small(Event),
                IntId = n.Small(Lpi),
                CollectionId = n.Small(Icid),
            },
        }),
        new("mapi", [Device, Event, Icid], n => new SubmittedCommand
        {
            Mapi = new MapiCommand
            {
                DeviceId = n.Small(Device), EventId = n.Small(Event), CollectionId = n.Small(Icid),
            },
        }),
        new("movi", [Device, Event, Icid], n => new SubmittedCommand
        {
            Movi = new MoviCommand
            {
                DeviceId = n.Small(Device), EventId = n.Small(Event), CollectionId = n.Small(Icid),
            },
        }),
        new("movall", [Target("rdbase1"), Target("rdbase2")], n => new SubmittedCommand
        {
            Movall = new MovallCommand { RdBase1 = n[Target("rdbase1")], RdBase2 = n[Target("rdbase2")] },
        }),
        new("discard", [Device, Event], n => new SubmittedCommand
        {
            Discard = new DiscardCommand { DeviceId = n.Small(Device), EventId = n.Small(Event) },
        }),
        new("inv", [Device, Event], n => new SubmittedCommand
        {
            Inv = new InvCommand { DeviceId = n.Small(Device), EventId = n.Small(Event) },
        }),
        new("invall", [Icid], n => new SubmittedCommand
        {
            Invall = new InvallCommand { CollectionId = n.Small(Icid) },
        }),
        new("int", [Device, Event], n => new SubmittedCommand
        {
            Int = new IntCommand { DeviceId = n.Small(Device), EventId = n.Small(Event) },
        }),
        new("clear", [Device, Event], n => new SubmittedCommand
        {
            Clear = new ClearCommand { DeviceId = n.Small(Device), EventId = n.Small(Event) },
        }),
        new("sync", [RdBase], n => new SubmittedCommand { Sync = new SyncCommand { RdBase = n[RdBase] } }),
    ];

    // The service knows whether the ITS takes a number or an address, and checks which of the two fits.
    private static CommandParameter Target(string name) => new(name, 0, AddressMax) { IsHex = true };
}
