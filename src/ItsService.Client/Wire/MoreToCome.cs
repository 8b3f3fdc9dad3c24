namespace ItsService.Client.Wire;

/// <summary>
/// Whether another message follows the one that a thread has just encoded, and will follow it at once. Who encodes and
/// who writes what was encoded have nothing in common but the thread on which they do it, one after the other. Where
/// the word is lost, what was written goes out at once.
/// </summary>
internal static class MoreToCome
{
    [ThreadStatic]
    private static bool _isAnnounced;

    /// <summary>Another message follows the one that is encoded now; or none.</summary>
    public static void Announce(bool follows) => _isAnnounced = follows;

    /// <summary>Whether one was announced since this was last asked.</summary>
    public static bool Take()
    {
        var follows = _isAnnounced;
        _isAnnounced = false;
        return follows;
    }
}
