using ItsService.Core.Profiles;

namespace ItsService.Server.State;

/// <summary>A value of a profile as a saved state has it. Name and texts are part of the format: they stay.</summary>
/// <param name="Name">In <c>SavedShape.profile_values</c>.</param>
/// <param name="TextOf">The text of a profile's value.</param>
/// <param name="WhenAbsent">
/// What a state without it was saved with: what every profile was before there was a choice. Null for a value that the
/// first release had, which every state has.
/// </param>
internal sealed record ProfileValue(string Name, Func<GicProfile, string> TextOf, string? WhenAbsent = null);
