namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>What the controller has to do because a register was written.</summary>
internal enum NvmeRegisterEffect
{
    None,
    Enable,
    Disable,
    ShutDown,
}
