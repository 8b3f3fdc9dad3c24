namespace ItsService.Conformance.Tests.Registration;

/// <summary>How the service stands to a case.</summary>
internal enum CaseState
{
    /// <summary>A test shows the expected result.</summary>
    Passing,

    /// <summary>The expected result is not what we do, on purpose; a test shows what we do.</summary>
    NotFollowed,

    /// <summary>It needs a feature that is not there yet; a test may show a part.</summary>
    NotApplicableYet,

    /// <summary>It is about something that this service does not have; a test may show a part.</summary>
    NoCounterpart,
}
