namespace ItsService.VmmPrototype.Engine;

/// <summary>A device's registers in the guest's physical addresses. What is not there reads as zero.</summary>
internal interface IMmioDevice
{
    /// <param name="offset">From where the device begins.</param>
    /// <param name="sizeBytes">1, 2 or 4. A guest's 64-bit access arrives as two of 4 bytes, the low half
    /// first.</param>
    ulong Read(ulong offset, int sizeBytes);

    void Write(ulong offset, int sizeBytes, ulong value);
}
