namespace ItsService.Fuzz.Engine;

/// <summary>An input that is worth keeping.</summary>
/// <param name="Input">The input.</param>
/// <param name="Behaviours">All that it does.</param>
/// <param name="Reason">What it was kept for: the first behaviour that it was the first to have.</param>
internal sealed record CorpusEntry(byte[] Input, IReadOnlyCollection<string> Behaviours, string Reason);
