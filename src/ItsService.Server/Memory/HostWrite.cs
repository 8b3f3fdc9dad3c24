namespace ItsService.Server.Memory;

/// <summary>How a write to guest memory ended that somebody other than the guest asked for.</summary>
internal enum HostWrite
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>The range is not wholly inside regions. Nothing was written.</summary>
    NotRam,

    /// <summary>What may be spent on hosted memory does not suffice. Nothing was written.</summary>
    UsedUp,

    /// <summary>The file of a shared region is too short, or may not be written.</summary>
    FileFailed,

    /// <summary>The VMM has not taken what was written to remote memory before. Nothing was written.</summary>
    NotTaken,
}
