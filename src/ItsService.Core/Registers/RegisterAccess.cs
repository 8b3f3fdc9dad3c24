namespace ItsService.Core.Registers;

/// <summary>What software may do with a register.</summary>
public enum RegisterAccess
{
    /// <summary>Writes are ignored.</summary>
    ReadOnly,

    /// <summary>Read and written.</summary>
    ReadWrite,

    /// <summary>Reads give zero.</summary>
    WriteOnly,

    /// <summary>Flags: a bit written as one is cleared, one written as zero stays.</summary>
    WriteOneToClear,
}
