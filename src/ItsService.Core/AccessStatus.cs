namespace ItsService.Core;

/// <summary>How the front door took an access.</summary>
public enum AccessStatus
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>Nothing happened: the VM is Paused. Come again after Resume.</summary>
    Paused,

    /// <summary>Nothing happened: fetch the missing range and come again with the same access.</summary>
    NotResident,

    /// <summary>Nothing happened: the VM is Running, and it must be Paused for this.</summary>
    Running,
}
