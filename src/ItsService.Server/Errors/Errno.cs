namespace ItsService.Server.Errors;

/// <summary>The Linux error numbers with which KVM refuses what this service refuses.</summary>
internal static class Errno
{
    /// <summary>ENOENT: no such redistributor region.</summary>
    public const uint NoSuchRegion = 2;

    /// <summary>ENXIO: no such register or attribute.</summary>
    public const uint NoSuchRegister = 6;

    /// <summary>ENXIO: what the order needs is not set up yet.</summary>
    public const uint NotSetUp = 6;

    /// <summary>E2BIG: an address beyond the guest's physical address space.</summary>
    public const uint AddressTooBig = 7;

    /// <summary>EFAULT: not in guest RAM.</summary>
    public const uint NotInRam = 14;

    /// <summary>EBUSY: the VM is Running, or waits for INIT.</summary>
    public const uint Busy = 16;

    /// <summary>EEXIST: a place that is set already, or a number that is taken.</summary>
    public const uint Exists = 17;

    /// <summary>ENODEV: of another kind of device.</summary>
    public const uint OtherDevice = 19;

    /// <summary>EINVAL: a wrong value.</summary>
    public const uint InvalidValue = 22;
}
