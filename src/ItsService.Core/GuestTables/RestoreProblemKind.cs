namespace ItsService.Core.GuestTables;

/// <summary>Of what sort a problem with tables in guest memory is: KVM has an error number for each.</summary>
public enum RestoreProblemKind
{
    /// <summary>An entry holds what cannot be (EINVAL).</summary>
    Inconsistent,

    /// <summary>A part of a table is not in guest RAM (EFAULT).</summary>
    NotInRam,

    /// <summary>A number stands there twice, or is mapped already (EEXIST).</summary>
    Twice,

    /// <summary>RAM did not take what was written there: the host has no more memory for it.</summary>
    MemoryFailed,
}
