using System.Diagnostics.CodeAnalysis;
using ItsService.Core;

namespace ItsService.Server.Machines;

/// <summary>How an access to the model ends inside the gate of a running VM.</summary>
internal static class AccessEnd
{
    /// <summary>Anything but Ok is an error of ours: the gate lets no access to a Paused VM in, and hosted memory is
    /// always there.</summary>
    public static void MustBeDone(AccessStatus status)
    {
        if (status != AccessStatus.Ok)
        {
            Throw(status);
        }
    }

    [DoesNotReturn]
    private static void Throw(AccessStatus status) =>
        throw new InvalidOperationException($"An access inside the gate ended as {status}.");
}
