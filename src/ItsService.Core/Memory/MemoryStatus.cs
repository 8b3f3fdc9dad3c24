namespace ItsService.Core.Memory;

/// <summary>How an access to guest memory ended.</summary>
public enum MemoryStatus
{
    /// <summary>Done, wholly.</summary>
    Ok,

    /// <summary>Not done: the range is not wholly in guest RAM, or may not be written.</summary>
    Fault,

    /// <summary>Not done: the host must fetch a range first and then have the same operation run again.</summary>
    NotResident,
}
