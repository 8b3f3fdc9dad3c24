namespace ItsService.Core.Registers;

/// <summary>
/// An access that software should not make, as the STATUSR registers tell of it; the value is the flag's bit
/// (gits-registers section 7).
/// </summary>
internal enum AccessFault
{
    /// <summary>RRD: a read of a reserved location.</summary>
    ReadOfReserved = 0,

    /// <summary>WRD: a write to a reserved location.</summary>
    WriteOfReserved = 1,

    /// <summary>RWOD: a read of a write-only register.</summary>
    ReadOfWriteOnly = 2,

    /// <summary>WROD: a write to a read-only register.</summary>
    WriteOfReadOnly = 3,
}
