namespace ItsService.Core.Userspace;

/// <summary>The answer to an access from outside the guest.</summary>
/// <param name="Error">Why it was refused, or None.</param>
/// <param name="Value">What was read.</param>
/// <param name="Message">What was wrong, for people, when it was refused.</param>
public readonly record struct UserspaceResult(UserspaceError Error, ulong Value = 0, string? Message = null)
{
    internal static UserspaceResult Done(ulong value = 0) => new(UserspaceError.None, value);

    internal static UserspaceResult Running(string what) =>
        new(UserspaceError.Running, Message: $"{what} while the VM is Running; pause it first");

    internal static UserspaceResult NoSuchRegister(string message) =>
        new(UserspaceError.NoSuchRegister, Message: message);

    /// <summary>Whether a number that names a place is wrong because it is no multiple of what it must be.</summary>
    public bool IsMisaligned { get; init; }

    /// <summary>What would have been taken in place of a wrong value, for people; null where it is not told.</summary>
    public string? Accepted { get; init; }

    internal static UserspaceResult Invalid(string message, string? accepted = null) =>
        new(UserspaceError.Invalid, Message: message) { Accepted = accepted };

    internal static UserspaceResult Misaligned(string message, string accepted) =>
        Invalid(message, accepted) with { IsMisaligned = true };
}
