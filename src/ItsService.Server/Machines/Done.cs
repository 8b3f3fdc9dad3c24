namespace ItsService.Server.Machines;

/// <summary>The answer of an operation that has nothing to tell.</summary>
internal readonly struct Done;
