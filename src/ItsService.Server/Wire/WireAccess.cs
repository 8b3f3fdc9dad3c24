using ItsService.Protocol.Wire;

namespace ItsService.Server.Wire;

/// <summary>
/// The fields of one Access of the sorts that batches are made of, read where it lies. Others (a register named by its
/// name, a field twice, a field that is not known) are left to the generated code.
/// </summary>
internal struct WireAccess
{
    public V1.Access.KindOneofCase Kind { get; private set; }

    /// <summary>How a register is named: by address or by frame and offset.</summary>
    public V1.RegisterTarget.PlaceOneofCase Place { get; private set; }

    /// <summary>The address of a register or of memory.</summary>
    public ulong Address { get; private set; }

    public V1.Frame Frame { get; private set; }

    public uint FrameIndex { get; private set; }

    public uint FrameOffset { get; private set; }

    public uint SizeBytes { get; private set; }

    public ulong Value { get; private set; }

    public uint? DeviceId { get; private set; }

    public uint Vcpu { get; private set; }

    /// <summary>The encoding of a system register.</summary>
    public uint Encoding { get; private set; }

    /// <summary>How many bytes memory is given: the last of the access.</summary>
    public int DataLength { get; private set; }

    /// <summary>Reads an access; false when it is none of these sorts.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out WireAccess access)
    {
        access = default;
        var reader = new WireReader(message);
        if (!reader.TryReadUInt32(out var tag) || !reader.TryReadBytes(out var fields) || !reader.IsAtEnd
            || (tag & 7) != (uint)WireType.LengthDelimited)
        {
            return false;
        }

        access.Kind = (V1.Access.KindOneofCase)(tag >> 3);
        return access.Kind switch
        {
            V1.Access.KindOneofCase.Read or V1.Access.KindOneofCase.Write => access.TryReadRegister(fields),
            V1.Access.KindOneofCase.ReadSystemRegister or V1.Access.KindOneofCase.WriteSystemRegister =>
                access.TryReadSystemRegister(fields),
            V1.Access.KindOneofCase.WriteMemory => access.TryReadMemoryWrite(fields),
            _ => false,
        };
    }

    // ReadAccess has a part of WriteAccess's fields, under the same numbers.
    private bool TryReadRegister(ReadOnlySpan<byte> fields)
    {
        var reader = new WireReader(fields);
        if (!TryEnter(ref reader, V1.WriteAccess.TargetFieldNumber, out var target) || !TryReadPlace(target))
        {
            return false;
        }

        var last = (uint)V1.WriteAccess.TargetFieldNumber;
        while (!reader.IsAtEnd)
        {
            if (!TryReadNumber(ref reader, ref last, out var number))
            {
                return false;
            }

            switch ((int)last)
            {
                case V1.WriteAccess.SizeBytesFieldNumber when number <= uint.MaxValue:
                    SizeBytes = (uint)number;
                    break;
                case V1.WriteAccess.ValueFieldNumber when Kind == V1.Access.KindOneofCase.Write:
                    Value = number;
                    break;
                case V1.WriteAccess.DeviceIdFieldNumber
                    when Kind == V1.Access.KindOneofCase.Write && number <= uint.MaxValue:
                    DeviceId = (uint)number;
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private bool TryReadPlace(ReadOnlySpan<byte> target)
    {
        var reader = new WireReader(target);
        if (!reader.TryReadUInt32(out var tag))
        {
            return false;
        }

        if (tag == WireReader.Tag(V1.RegisterTarget.AddressFieldNumber, WireType.Varint))
        {
            Place = V1.RegisterTarget.PlaceOneofCase.Address;
            var isRead = reader.TryReadVarint(out var address);
            Address = address;
            return isRead && reader.IsAtEnd;
        }

        Place = V1.RegisterTarget.PlaceOneofCase.FrameOffset;
        return tag == WireReader.Tag(V1.RegisterTarget.FrameOffsetFieldNumber, WireType.LengthDelimited)
            && reader.TryReadBytes(out var fields) && reader.IsAtEnd && TryReadFrameOffset(fields);
    }

    private bool TryReadFrameOffset(ReadOnlySpan<byte> fields)
    {
        var reader = new WireReader(fields);
        var last = 0u;
        while (!reader.IsAtEnd)
        {
            if (!TryReadNumber(ref reader, ref last, out var number) || number > int.MaxValue)
            {
                return false;
            }

            switch ((int)last)
            {
                case V1.FrameOffset.FrameFieldNumber:
                    Frame = (V1.Frame)(int)number;
                    break;
                case V1.FrameOffset.IndexFieldNumber:
                    FrameIndex = (uint)number;
                    break;
                case V1.FrameOffset.OffsetFieldNumber:
                    FrameOffset = (uint)number;
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    // ReadSystemRegisterAccess has a part of WriteSystemRegisterAccess's fields, under the same numbers.
    private bool TryReadSystemRegister(ReadOnlySpan<byte> fields)
    {
        var reader = new WireReader(fields);
        if (!reader.TryReadUInt32(out var tag))
        {
            return false;
        }

        if (tag == WireReader.Tag(V1.WriteSystemRegisterAccess.VcpuFieldNumber, WireType.Varint))
        {
            var isRead = reader.TryReadUInt32(out var vcpu);
            Vcpu = vcpu;
            if (!isRead || !reader.TryReadUInt32(out tag))
            {
                return false;
            }
        }

        if (tag != WireReader.Tag(V1.WriteSystemRegisterAccess.TargetFieldNumber, WireType.LengthDelimited)
            || !reader.TryReadBytes(out var target) || !TryReadEncoding(target))
        {
            return false;
        }

        if (reader.IsAtEnd)
        {
            return true;
        }

        var last = (uint)V1.WriteSystemRegisterAccess.TargetFieldNumber;
        if (Kind != V1.Access.KindOneofCase.WriteSystemRegister
            || !TryReadNumber(ref reader, ref last, out var value)
            || last != V1.WriteSystemRegisterAccess.ValueFieldNumber)
        {
            return false;
        }

        Value = value;
        return reader.IsAtEnd;
    }

    private bool TryReadEncoding(ReadOnlySpan<byte> target)
    {
        var reader = new WireReader(target);
        var isRead = reader.TryReadUInt32(out var tag)
            && tag == WireReader.Tag(V1.SystemRegisterTarget.EncodingFieldNumber, WireType.Varint);
        isRead &= reader.TryReadUInt32(out var encoding);
        Encoding = encoding;
        return isRead && reader.IsAtEnd;
    }

    private bool TryReadMemoryWrite(ReadOnlySpan<byte> fields)
    {
        var reader = new WireReader(fields);
        var last = 0u;
        if (!TryReadNumber(ref reader, ref last, out var address)
            || last != V1.WriteMemoryAccess.AddressFieldNumber
            || !TryEnter(ref reader, V1.WriteMemoryAccess.DataFieldNumber, out var data))
        {
            return false;
        }

        Address = address;
        DataLength = data.Length;
        return reader.IsAtEnd;
    }

    private static bool TryEnter(ref WireReader reader, int fieldNumber, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return reader.TryReadUInt32(out var tag)
            && tag == WireReader.Tag(fieldNumber, WireType.LengthDelimited)
            && reader.TryReadBytes(out bytes);
    }

    /// <summary>Reads a field that is a number and comes after the one before, as encoders write them.</summary>
    private static bool TryReadNumber(ref WireReader reader, ref uint last, out ulong number)
    {
        number = 0;
        if (!reader.TryReadUInt32(out var tag) || (tag & 7) != (uint)WireType.Varint || tag >> 3 <= last)
        {
            return false;
        }

        last = tag >> 3;
        return reader.TryReadVarint(out number);
    }
}
