namespace ItsService.Conformance.Tests.Registration;

/// <summary>What is not there yet and some cases need.</summary>
internal enum Feature
{
    /// <summary>SGIs, PPIs and SPIs.</summary>
    FullGicV3,
}
