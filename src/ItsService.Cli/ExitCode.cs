namespace ItsService.Cli;

/// <summary>What itsctl returns to the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>It ran, and what it checked does not hold.</summary>
    public const int CheckFailed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>No service answers.</summary>
    public const int Unreachable = 3;

    /// <summary>The service refused, or a file cannot be read.</summary>
    public const int Refused = 4;

    /// <summary>Interrupted from the keyboard, as shells count it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
