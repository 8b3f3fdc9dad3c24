namespace ItsService.Server.Checkpoints;

/// <summary>The state directory cannot be used. The message says in one sentence which and why.</summary>
internal sealed class StateDirectoryException(string message, Exception? cause = null) : Exception(message, cause);
