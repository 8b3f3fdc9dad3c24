using System.Collections.Immutable;
using System.Reflection;
using ItsService.Core.State;

namespace ItsService.Core.Tests.State;

/// <summary>
/// A state with one thing in it changed, for every thing that it has: each number to its extremes and its neighbours,
/// each array to one that is missing, empty, too short or too long. It goes by what the records have.
/// </summary>
internal static class StateMutations
{
    public static IEnumerable<(string Path, GicState State)> Of(GicState state) =>
        OfPart("", state).Select(mutation => (mutation.Path, (GicState)mutation.Value));

    private static IEnumerable<(string Path, object Value)> OfPart(string path, object part)
    {
        var type = part.GetType();
        return part is ReadOnlyMemory<EventState> events
                ? OfArray<EventState>(path, [.. events.Span]).Select(
                    mutation => (mutation.Path, (object)((ImmutableArray<EventState>)mutation.Value).AsMemory()))
            : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)
                ? (IEnumerable<(string, object)>)Elements.MakeGenericMethod(type.GenericTypeArguments)
                    .Invoke(null, [path, part])!
            : type.Namespace == typeof(GicState).Namespace ? OfRecord(path, type, part)
            : OfNumber(path, part);
    }

    private static readonly MethodInfo Elements =
        typeof(StateMutations).GetMethod(nameof(OfArray), BindingFlags.NonPublic | BindingFlags.Static)!;

    private static IEnumerable<(string Path, object Value)> OfRecord(string path, Type type, object record)
    {
        foreach (var part in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            foreach (var (place, value) in OfPart($"{path}.{part.Name}", part.GetValue(record)!))
            {
                var copy = Copy(type, record);
                part.SetValue(copy, value);
                yield return (place, copy);
            }
        }
    }

    private static IEnumerable<(string Path, object Value)> OfArray<T>(string path, ImmutableArray<T> array)
    {
        yield return ($"{path} missing", default(ImmutableArray<T>));
        if (array.Length == 0)
        {
            yield break;
        }

        yield return ($"{path} empty", ImmutableArray<T>.Empty);
        yield return ($"{path} short", array[..^1]);
        yield return ($"{path} long", array.Add(array[^1]));
        yield return ($"{path} reversed", array.Reverse().ToImmutableArray());
        foreach (var index in new[] { 0, array.Length - 1 }.Distinct())
        {
            foreach (var (place, value) in OfPart($"{path}[{index}]", array[index]!))
            {
                yield return (place, array.SetItem(index, (T)value));
            }
        }
    }

    private static IEnumerable<(string Path, object Value)> OfNumber(string path, object number)
    {
        object[] values = number switch
        {
            bool value => [!value],
            byte value => [(byte)0, byte.MaxValue, (byte)(value + 1)],
            int value => [0, -1, value + 1, int.MinValue, int.MaxValue],
            uint value => [0u, 1u, value + 1, 0x1_0000u, uint.MaxValue],
            ulong value => [0UL, value + 1, value ^ (1UL << 63), value ^ 0x1_0000, ulong.MaxValue],
            _ => throw new ArgumentOutOfRangeException(nameof(number), number, path),
        };
        return values.Where(value => !value.Equals(number)).Select(value => ($"{path} = {value:X}", value));
    }

    private static object Copy(Type type, object record) => type.IsValueType
        ? record.GetType().GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!
            .Invoke(record, null)!
        : type.GetMethod("<Clone>$")!.Invoke(record, null)!;
}
