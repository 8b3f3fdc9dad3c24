namespace ItsService.Core.Registers;

/// <summary>GITS_BASERn.Type.</summary>
internal enum TableType
{
    Unimplemented = 0,
    Devices = 1,
    Collections = 4,
}
