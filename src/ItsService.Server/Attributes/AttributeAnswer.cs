using Grpc.Core;
using ItsService.Server.Errors;

namespace ItsService.Server.Attributes;

/// <summary>
/// What became of an access to an attribute. An order may have done a part of its work before it met a problem, so that
/// a refusal is made of this outside the gate.
/// </summary>
/// <param name="Value">What was read.</param>
/// <param name="Problems">Why it is refused; none when it is not.</param>
internal readonly record struct AttributeAnswer(ulong Value, FoundProblems Problems = default)
{
    /// <summary>Whether it is refused because the VM must be Paused for it.</summary>
    public bool IsRefusedAsRunning => Problems.Count == 1 && Problems.Listed[0].Reason == V1.ErrorReason.WrongState;

    /// <summary>It is done.</summary>
    public static AttributeAnswer Done(ulong value = 0) => new(value);

    /// <summary>It is refused for one reason.</summary>
    public static AttributeAnswer Refused(in Problem problem) => new(0, FoundProblems.One(problem));

    /// <summary>There is no such attribute.</summary>
    public static AttributeAnswer Unknown(string message, string accepted, uint errno = Errno.NoSuchRegister) =>
        Refused(new Problem(V1.ErrorReason.UnknownAttribute, AttributeReader.AttrField, message)
        {
            Accepted = accepted,
            Errno = errno,
        });

    /// <summary>The VM must be Paused.</summary>
    public static AttributeAnswer Running(string message) =>
        Refused(new Problem(V1.ErrorReason.WrongState, "", message) { Errno = Errno.Busy });

    /// <summary>The value.</summary>
    /// <exception cref="RpcException">The access is refused.</exception>
    public ulong ValueOrThrow(string vm) =>
        Problems.Count > 0 ? throw Refusal.Of(vm, Problems.Listed, Problems.Count) : Value;
}
