using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ItsService.Core;

/// <summary>The check of a number by which a host names one of several parts.</summary>
internal static class IndexRange
{
    /// <exception cref="ArgumentOutOfRangeException">The number is not 0..<paramref name="count"/> - 1.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowUnlessBelow(int count, int number, string parameter)
    {
        if ((uint)number >= (uint)count)
        {
            Throw(count, number, parameter);
        }
    }

    [DoesNotReturn]
    private static void Throw(int count, int number, string parameter) =>
        throw new ArgumentOutOfRangeException(parameter, number, $"The number must be 0..{count - 1}.");
}
