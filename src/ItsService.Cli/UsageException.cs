namespace ItsService.Cli;

/// <summary>The command line does not say enough, or says something impossible: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
