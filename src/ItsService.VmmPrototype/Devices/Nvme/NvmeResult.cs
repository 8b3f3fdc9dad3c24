namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>What a command ends with.</summary>
/// <param name="Status">Success, or what is wrong with it.</param>
/// <param name="Value">Doubleword 0 of the completion.</param>
/// <param name="StaysOpen">It ends later or never: there is no completion.</param>
internal readonly record struct NvmeResult(NvmeStatus Status, uint Value = 0, bool StaysOpen = false)
{
    public static implicit operator NvmeResult(NvmeStatus status) => new(status);
}
