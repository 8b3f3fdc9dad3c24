using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using ItsService.Fuzz.Engine;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// A message with one thing in it changed: a field is gone, doubled, another number, longer or shorter. It goes by the
/// descriptors, so that new fields are changed, too.
/// </summary>
internal static class MessageMutations
{
    /// <summary>The same state without the shape of its VM.</summary>
    public static V1.SavedState WithoutShape(V1.SavedState state)
    {
        var copy = state.Clone();
        copy.Shape = null;
        copy.SavedBy = "";
        return copy;
    }

    /// <summary>Changes one thing, somewhere.</summary>
    public static void Mutate(IMessage message, IMessage other, Prng random)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder();
        var rich = fields.Where(IsRich).ToArray();
        var field = rich.Length > 0 && random.Percent(65)
            ? random.PickFrom(rich)
            : fields[random.Below(fields.Count)];
        if (field.IsMap)
        {
            ((IDictionary)field.Accessor.GetValue(message))["x"] = "y";
        }
        else if (field.IsRepeated)
        {
            MutateList(
                field, (IList)field.Accessor.GetValue(message), (IList)field.Accessor.GetValue(other), random);
        }
        else if (field.FieldType == FieldType.Message)
        {
            MutateMember(message, field, (IMessage?)field.Accessor.GetValue(other), random);
        }
        else
        {
            field.Accessor.SetValue(message, Changed(field, field.Accessor.GetValue(message), random));
        }
    }

    /// <summary>The message without one of its parts, large parts first.</summary>
    public static IEnumerable<IMessage> Smaller(V1.SavedState state)
    {
        for (var its = 0; its < state.Its.Count; its++)
        {
            var index = its;
            yield return With(state, copy => copy.Its[index].Devices.Clear());
            yield return With(state, copy => copy.Its[index].Collections.Clear());
            for (var device = 0; device < state.Its[its].Devices.Count; device++)
            {
                var number = device;
                yield return With(state, copy => copy.Its[index].Devices.RemoveAt(number));
                yield return With(state, copy => copy.Its[index].Devices[number].Events = ByteString.Empty);
            }
        }

        foreach (var part in new Action<V1.SavedState>[]
        {
            copy => copy.Distributor = null,
            copy => copy.CpuInterfaces.Clear(),
            copy => copy.Redistributors.Clear(),
            copy => copy.Its.Clear(),
            copy => copy.Lpis = null,
            copy => copy.Lpis?.Blocks.Clear(),
            copy => copy.Lpis?.Owners.Clear(),
            copy => copy.Redistributors.ToList().ForEach(part => part.PendingLpis = ByteString.Empty),
        })
        {
            yield return With(state, part);
        }
    }

    /// <summary>Fields that hold much, of which a state is made: not its shape, which is added later.</summary>
    private static bool IsRich(FieldDescriptor field) =>
        field.FieldType is FieldType.Message or FieldType.Bytes && field.MessageTypeName() != nameof(V1.SavedShape);

    private static string MessageTypeName(this FieldDescriptor field) =>
        field.FieldType == FieldType.Message ? field.MessageType.Name : "";

    private static V1.SavedState With(V1.SavedState state, Action<V1.SavedState> change)
    {
        var copy = state.Clone();
        change(copy);
        return copy;
    }

    private static void MutateMember(IMessage message, FieldDescriptor field, IMessage? others, Prng random)
    {
        if (field.Accessor.GetValue(message) is not IMessage member || random.Percent(3))
        {
            field.Accessor.SetValue(message, random.Percent(50) ? others : null);
        }
        else
        {
            Mutate(member, others ?? member, random);
        }
    }

    private static void MutateList(FieldDescriptor field, IList list, IList others, Prng random)
    {
        if (list.Count == 0)
        {
            if (others.Count > 0)
            {
                list.Add(Copy(others[random.Below(others.Count)]!));
            }

            return;
        }

        var index = random.Below(list.Count);
        switch (random.Below(20))
        {
            case 0:
                list.RemoveAt(index);
                break;
            case 1:
                list.Insert(random.Below(list.Count + 1), Copy(list[index]!));
                break;
            case 2 when others.Count > 0:
                list[index] = Copy(others[random.Below(others.Count)]!);
                break;
            case 3:
                var second = random.Below(list.Count);
                (list[index], list[second]) = (list[second], list[index]);
                break;
            default:
                if (list[index] is IMessage element)
                {
                    Mutate(element, others.Count > 0 ? (IMessage)others[random.Below(others.Count)]! : element, random);
                }
                else
                {
                    list[index] = Changed(field, list[index]!, random);
                }

                break;
        }
    }

    private static object Copy(object value) => value switch
    {
        V1.SavedIts its => its.Clone(),
        IMessage message => message.Descriptor.Parser.ParseFrom(message.ToByteArray()),
        _ => value,
    };

    private static object Changed(FieldDescriptor field, object value, Prng random) => value switch
    {
        bool flag => !flag,
        uint number => (uint)InterestingNumbers.Near(number, random),
        ulong number => Register(number, random),
        ByteString bytes => ByteString.CopyFrom(Packed(bytes.ToByteArray(), random)),
        string text => text + "x",
        _ => throw new InvalidOperationException($"{field.FullName} has a type that no state had so far."),
    };

    /// <summary>Of registers mostly a single bit, which may leave them right.</summary>
    private static ulong Register(ulong number, Prng random) => random.Percent(60)
        ? number ^ (1UL << random.Below(64))
        : InterestingNumbers.Near(number, random);

    /// <summary>Numbers of four bytes, alone or three at a time, or any bytes.</summary>
    private static byte[] Packed(byte[] bytes, Prng random)
    {
        var size = random.Pick(4, 12, 12);
        if (bytes.Length < size || random.Percent(10))
        {
            return ByteMutations.Mutate(bytes, bytes, 8192, random);
        }

        var at = random.Below(bytes.Length / size) * size;
        switch (random.Below(6))
        {
            case 0:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + size)];
            case 1:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at, size), .. bytes.AsSpan(at)];
            case 2:
                // One more behind the last, with its first number one higher.
                byte[] longer = [.. bytes, .. bytes.AsSpan(bytes.Length - size)];
                Add(longer, bytes.Length, 1);
                return longer;
            default:
                var copy = (byte[])bytes.Clone();
                var number = at + (4 * random.Below(size / 4));
                var changed = InterestingNumbers.Near(BitConverter.ToUInt32(copy, number), random);
                BitConverter.TryWriteBytes(copy.AsSpan(number), (uint)changed);
                return copy;
        }
    }

    private static void Add(byte[] bytes, int at, uint difference) =>
        BitConverter.TryWriteBytes(bytes.AsSpan(at), BitConverter.ToUInt32(bytes, at) + difference);
}
