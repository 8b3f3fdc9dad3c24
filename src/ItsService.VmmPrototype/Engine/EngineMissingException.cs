namespace ItsService.VmmPrototype.Engine;

/// <summary>The engine cannot be used on this machine: the message says what to install.</summary>
public sealed class EngineMissingException(string message, Exception? cause = null) : Exception(message, cause);
