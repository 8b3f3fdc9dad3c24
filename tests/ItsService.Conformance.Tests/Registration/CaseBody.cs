using ItsService.Core.Profiles;

namespace ItsService.Conformance.Tests.Registration;

/// <summary>The test of a case, run once for each of its profiles.</summary>
internal delegate Task CaseBody(GicProfile profile);
