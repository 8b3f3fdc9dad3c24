namespace ItsService.Server.Errors;

/// <summary>The Linux error numbers with which KVM refuses what this service refuses.</summary>
internal static class Errno
{
    /// <summary>ENXIO: no such register.</summary>
    public const uint NoSuchRegister = 6;

    /// <summary>EFAULT: what is not in guest RAM.</summary>
    public const uint BadAddress = 14;

    /// <summary>EBUSY: not while the VM runs.</summary>
    public const uint Busy = 16;

    /// <summary>EEXIST: what is there already.</summary>
    public const uint Exists = 17;

    /// <summary>EINVAL: a wrong value.</summary>
    public const uint InvalidValue = 22;
}
