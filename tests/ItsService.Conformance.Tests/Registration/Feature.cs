namespace ItsService.Conformance.Tests.Registration;

/// <summary>What is not there yet and some cases need.</summary>
internal enum Feature
{
    /// <summary>State and tables written out and read back.</summary>
    SaveAndRestore,

    /// <summary>SGIs, PPIs and SPIs.</summary>
    FullGicV3,
}
