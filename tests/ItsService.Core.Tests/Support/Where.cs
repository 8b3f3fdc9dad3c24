namespace ItsService.Core.Tests.Support;

/// <summary>What it takes to repeat a failure of a random test.</summary>
internal readonly record struct Where(ulong Seed, int Step);
