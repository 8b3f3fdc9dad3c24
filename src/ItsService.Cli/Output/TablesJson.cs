namespace ItsService.Cli.Output;

/// <summary>A dump as JSON: the same tree, with addresses in hex.</summary>
internal static class TablesJson
{
    public static object From(string vm, TablesSnapshot tables) => new
    {
        Vm = vm,
        Its = tables.ItsUnits.Select(FromIts),
        Redistributors = tables.Redistributors.Select(FromRedistributor),
    };

    private static object FromIts(ItsTables tables) => new
    {
        tables.Its.Its,
        tables.Its.Enabled,
        tables.Its.Stalled,
        Queue = new
        {
            Valid = tables.Its.QueueValid,
            Address = Hex(tables.Its.QueueAddress),
            SizeBytes = tables.Its.QueueSizeBytes,
            ReadOffset = Hex(tables.Its.ReadOffset),
            WriteOffset = Hex(tables.Its.WriteOffset),
        },
        Collections = tables.Collections.Select(collection => new { collection.CollectionId, collection.Vcpu }),
        Devices = tables.Devices.Select(FromDevice),
    };

    private static object FromDevice(DeviceTables tables) => new
    {
        tables.Device.DeviceId,
        IttAddress = Hex(tables.Device.IttAddress),
        tables.Device.EventIdBits,
        Events = tables.Events.Select(mapped => new { mapped.EventId, mapped.IntId, mapped.CollectionId }),
    };

    private static object FromRedistributor(RedistributorTables tables) => new
    {
        tables.Redistributor.Vcpu,
        Affinity = Hex(tables.Redistributor.Affinity),
        tables.Redistributor.LpisEnabled,
        ConfigurationTableAddress = Hex(tables.Redistributor.ConfigurationTableAddress),
        tables.Redistributor.IntIdBits,
        PendingTableAddress = Hex(tables.Redistributor.PendingTableAddress),
        PendingLpis = tables.PendingLpis.Select(lpi => new { lpi.IntId, lpi.Enabled, lpi.Priority }),
    };

    private static string Hex(ulong value) => $"0x{value:x}";
}
