using ItsService.Server.Errors;

namespace ItsService.Server.Submissions;

/// <summary>
/// Whether the numbers of one command fit into its fields. What fits is passed on: the ITS finds out about the rest.
/// </summary>
/// <param name="Index">The command's place in the request.</param>
/// <param name="Kind">The name of its message field.</param>
/// <param name="TargetsAreAddresses">GITS_TYPER.PTA.</param>
/// <param name="Problems">Where what does not fit is noted.</param>
internal readonly record struct CommandFieldChecks(
    int Index, string Kind, bool TargetsAreAddresses, RequestProblems Problems)
{
    private const uint IttAlignmentBytes = 256;
    private const uint FrameAlignmentBytes = 0x1_0000;
    private const uint EventIdBitsMax = 32;
    private const int RdBaseShift = 16;

    // Address bits [51:0] and the 36 bits of RDbase, [51:16].
    private const ulong AddressMax = (1UL << 52) - 1;
    private const ulong RdBaseMax = (1UL << 36) - 1;

    /// <summary>ICID.</summary>
    public ulong Collection(uint collection)
    {
        if (collection > ushort.MaxValue)
        {
            Add(V1.ErrorReason.OutOfRange, "collection_id", $"{collection} is out of range", $"0..{ushort.MaxValue}");
        }

        return collection;
    }

    /// <summary>MAPD's Size, the number of EventID bits minus one. Unmapping needs none.</summary>
    public ulong Size(uint eventIdBits, bool isValid)
    {
        if (eventIdBits > EventIdBitsMax || (eventIdBits == 0 && isValid))
        {
            var accepted = isValid ? $"1..{EventIdBitsMax}" : $"0..{EventIdBitsMax}";
            Add(V1.ErrorReason.OutOfRange, "event_id_bits", $"{eventIdBits} EventID bits", accepted);
        }

        return eventIdBits == 0 ? 0 : eventIdBits - 1;
    }

    /// <summary>MAPD's ITT_addr.</summary>
    public ulong IttAddress(ulong address)
    {
        Address(address, IttAlignmentBytes, "itt_address");
        return address;
    }

    /// <summary>RDbase, at its place in a doubleword: a Processor_Number, or with PTA the address of a frame.</summary>
    public ulong RdBase(ulong target, string field)
    {
        if (TargetsAreAddresses)
        {
            Address(target, FrameAlignmentBytes, field);
            return target;
        }

        if (target > RdBaseMax)
        {
            Add(
                V1.ErrorReason.OutOfRange, field, $"0x{target:X} does not fit into RDbase",
                $"0..0x{RdBaseMax:X}, a Processor_Number");
        }

        return target << RdBaseShift;
    }

    private void Address(ulong address, uint alignmentBytes, string field)
    {
        var accepted = $"a multiple of 0x{alignmentBytes:X}, at most 0x{AddressMax + 1 - alignmentBytes:X}";
        if (address > AddressMax)
        {
            Add(V1.ErrorReason.OutOfRange, field, $"0x{address:X} has more than 52 bits", accepted);
        }
        else if (address % alignmentBytes != 0)
        {
            Add(V1.ErrorReason.Misaligned, field, $"0x{address:X} is misaligned", accepted);
        }
    }

    private void Add(V1.ErrorReason reason, string field, string text, string accepted) =>
        Problems.Add(new Problem(reason, $"commands[{Index}].{Kind}.{field}", text) { Accepted = accepted });
}
