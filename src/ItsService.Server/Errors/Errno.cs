namespace ItsService.Server.Errors;

/// <summary>The Linux error numbers with which KVM refuses what this service refuses.</summary>
internal static class Errno
{
    /// <summary>ENXIO: no such register.</summary>
    public const uint NoSuchRegister = 6;

    /// <summary>EINVAL: a wrong value.</summary>
    public const uint InvalidValue = 22;
}
