namespace ItsService.Conformance.Tests.Registration;

/// <summary>What is not there yet and some cases need.</summary>
internal enum Feature
{
    /// <summary>Reading and writing the controller as KVM's userspace does.</summary>
    DeviceAttributes,

    /// <summary>State and tables written out and read back.</summary>
    SaveAndRestore,

    /// <summary>SGIs, PPIs and SPIs.</summary>
    FullGicV3,
}
