namespace ItsService.Cli;

/// <summary>What the user handed over cannot be read: exit code 4.</summary>
internal sealed class InputException(string message) : Exception(message);
