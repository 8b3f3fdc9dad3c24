namespace ItsService.VmmPrototype.Engine;

/// <summary>The engine refused a call, or does not behave as this program needs it to.</summary>
public sealed class EngineException(string message) : Exception(message);
