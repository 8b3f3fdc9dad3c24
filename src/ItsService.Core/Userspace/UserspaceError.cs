namespace ItsService.Core.Userspace;

/// <summary>Why an access from outside the guest is refused. KVM has an error number for each (kvm-uapi).</summary>
public enum UserspaceError
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The VM is Running: state is written while it is Paused (EBUSY).</summary>
    Running,

    /// <summary>
    /// The offset is not a multiple of the register's size, or the value is none it can take (EINVAL).
    /// </summary>
    Invalid,

    /// <summary>There is no such register, or its frame has no place yet (ENXIO).</summary>
    NoSuchRegister,
}
