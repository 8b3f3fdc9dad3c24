using Grpc.Core;
using ItsService.Server.Errors;

namespace ItsService.Server.Attributes;

/// <summary>
/// What became of an access to an attribute. An order may have done a part of its work before it met a problem, so that
/// a refusal is made of this outside the gate.
/// </summary>
/// <param name="Value">What was read.</param>
/// <param name="Problems">Why it is refused; null when it is not.</param>
internal readonly record struct AttributeAnswer(ulong Value, IReadOnlyList<Problem>? Problems = null)
{
    /// <summary>It is done.</summary>
    public static AttributeAnswer Done(ulong value = 0) => new(value);

    /// <summary>It is refused for one reason.</summary>
    public static AttributeAnswer Refused(in Problem problem) => new(0, [problem]);

    /// <summary>There is no such attribute.</summary>
    public static AttributeAnswer Unknown(string message, uint errno = Errno.NoSuchRegister) =>
        Refused(new Problem(V1.ErrorReason.UnknownAttribute, AttributeReader.AttrField, message) { Errno = errno });

    /// <summary>The VM must be Paused.</summary>
    public static AttributeAnswer Running(string message) =>
        Refused(new Problem(V1.ErrorReason.WrongState, "", message) { Errno = Errno.Running });

    /// <summary>The value.</summary>
    /// <exception cref="RpcException">The access is refused.</exception>
    public ulong ValueOrThrow(string vm) =>
        Problems is { Count: > 0 } ? throw Refusal.Of(vm, Problems, Problems.Count) : Value;
}
