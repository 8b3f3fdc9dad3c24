using System.Diagnostics.CodeAnalysis;
using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Memory.Remote;

namespace ItsService.Server.Machines;

/// <summary>How an access to the model ends inside the gate of a running VM.</summary>
internal static class AccessEnd
{
    /// <summary>
    /// Returns when it is done. Where it waits for remote memory nothing has happened, and it ends the entry: the VM's
    /// host has the memory brought, and does the whole operation again. Anything else is an error of ours, since the
    /// gate lets no access to a Paused VM in.
    /// </summary>
    /// <exception cref="MissingMemoryException">It waits for remote memory.</exception>
    public static void MustBeDone(AccessStatus status, GuestRange missing = default)
    {
        if (status != AccessStatus.Ok)
        {
            Throw(status, missing);
        }
    }

    /// <summary>The same for guest memory that may be unusable, but must not wait.</summary>
    /// <exception cref="MissingMemoryException">It waits for remote memory.</exception>
    public static void MustNotWait(MemoryOutcome outcome)
    {
        if (outcome.IsNotResident)
        {
            throw new MissingMemoryException(outcome.Missing);
        }
    }

    [DoesNotReturn]
    private static void Throw(AccessStatus status, GuestRange missing) =>
        throw (status == AccessStatus.NotResident
            ? new MissingMemoryException(missing)
            : new InvalidOperationException($"An access inside the gate ended as {status}."));
}
