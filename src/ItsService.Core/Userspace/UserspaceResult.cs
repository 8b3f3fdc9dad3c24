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

    internal static UserspaceResult Invalid(string message) => new(UserspaceError.Invalid, Message: message);
}
