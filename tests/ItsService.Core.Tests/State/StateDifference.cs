using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using ItsService.Core.State;

namespace ItsService.Core.Tests.State;

/// <summary>
/// Compares two states part by part, arrays by their elements: a record's own equality takes two arrays for different
/// ones. It goes by what the records have, so that a new part is compared without being named here.
/// </summary>
internal static class StateDifference
{
    private static readonly ConcurrentDictionary<Type, (string Name, Func<object, object> Get)[]> Parts = [];
    private static readonly ConcurrentDictionary<Type, Func<object, object, bool>> SameSequences = [];

    /// <summary>The path and the two values of the first difference, or null when there is none.</summary>
    public static string? Between(GicState expected, GicState actual) => BetweenParts(expected, actual);

    private static string? BetweenParts(object expected, object actual)
    {
        var type = expected.GetType();
        return IsArray(type) ? BetweenArrays(type, expected, actual)
            : type.Namespace == typeof(GicState).Namespace ? BetweenRecords(type, expected, actual)
            : expected.Equals(actual) ? null
            : $": {expected:X}, was {actual:X}";
    }

    private static string? BetweenRecords(Type type, object expected, object actual)
    {
        foreach (var (name, get) in PartsOf(type))
        {
            if (BetweenParts(get(expected), get(actual)) is { } difference)
            {
                return $".{name}{difference}";
            }
        }

        return null;
    }

    private static string? BetweenArrays(Type type, object expected, object actual)
    {
        if (SameSequences.GetOrAdd(type.GenericTypeArguments[0], SequenceComparer)(expected, actual))
        {
            return null;
        }

        var (left, right) = ((IList)expected, (IList)actual);
        if (left.Count != right.Count)
        {
            return $": {left.Count} elements, was {right.Count}";
        }

        for (var index = 0; index < left.Count; index++)
        {
            if (BetweenParts(left[index]!, right[index]!) is { } difference)
            {
                return $"[{index}]{difference}";
            }
        }

        return null;
    }

    private static bool IsArray(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>);

    private static (string Name, Func<object, object> Get)[] PartsOf(Type type) => Parts.GetOrAdd(
        type,
        owner =>
        [
            .. owner.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(property => (property.Name, Getter(owner, property))),
        ]);

    private static Func<object, object> Getter(Type owner, PropertyInfo property)
    {
        var record = Expression.Parameter(typeof(object));
        Expression value = Expression.Property(Expression.Convert(record, owner), property);
        if (property.PropertyType == typeof(ReadOnlyMemory<EventState>))
        {
            value = Expression.Call(typeof(StateDifference), nameof(ToArray), [], value);
        }

        return Expression.Lambda<Func<object, object>>(Expression.Convert(value, typeof(object)), record).Compile();
    }

    private static ImmutableArray<EventState> ToArray(ReadOnlyMemory<EventState> events) => [.. events.Span];

    private static Func<object, object, bool> SequenceComparer(Type element) =>
        typeof(StateDifference)
            .GetMethod(nameof(AreSame), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(element)
            .CreateDelegate<Func<object, object, bool>>();

    private static bool AreSame<T>(object expected, object actual) =>
        ((ImmutableArray<T>)expected).AsSpan().SequenceEqual(((ImmutableArray<T>)actual).AsSpan());
}
