namespace ItsService.Conformance.Tests.Registration;

/// <summary>Where a case's expected result comes from.</summary>
internal enum CaseTag
{
    /// <summary>The architecture requires it, or every model does it.</summary>
    A,

    /// <summary>KVM's choice.</summary>
    K,

    /// <summary>QEMU's choice.</summary>
    Q,

    /// <summary>CONSTRAINED UNPREDICTABLE or UNPREDICTABLE: the expected result is the one that we chose.</summary>
    U,
}
