namespace ItsService.Fuzz.Engine;

/// <summary>A target has seen something that must not be, whatever the input is.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message)
{
    /// <summary>Throws unless the promise is kept.</summary>
    public static void ThrowUnless(bool isKept, string promise)
    {
        if (!isKept)
        {
            throw new BrokenPromiseException(promise);
        }
    }
}
