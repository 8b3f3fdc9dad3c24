using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Server.Errors;

namespace ItsService.Server.Accesses;

/// <summary>
/// From a RegisterTarget to a place. What a guest may do, legal or not, passes; only what no bus would carry is
/// refused: another size than 1, 2, 4 or 8, and a place outside the frames.
/// </summary>
internal static class RegisterTargetReader
{
    private const string SizeField = "size_bytes";
    private const string AcceptedSizes = "1, 2, 4 or 8";

    /// <summary>The place; nonsense when problems were found.</summary>
    public static RegisterPlace Read(
        VirtualGicConfiguration shape, V1.RegisterTarget? target, uint sizeBytes, FieldPath path,
        RequestProblems problems)
    {
        switch (target?.PlaceCase)
        {
            case V1.RegisterTarget.PlaceOneofCase.Address:
                return ReadAddress(shape, target.Address, sizeBytes, path, problems);
            case V1.RegisterTarget.PlaceOneofCase.FrameOffset:
                var place = target.FrameOffset;
                return ReadFrameOffset(shape, place.Frame, place.Index, place.Offset, sizeBytes, path, problems);
            case V1.RegisterTarget.PlaceOneofCase.Named:
                CheckSize(sizeBytes, isNamed: true, path, problems);
                return ReadNamed(shape, target.Named, sizeBytes, path, problems);
            default:
                CheckSize(sizeBytes, isNamed: false, path, problems);
                problems.Add(new Problem(V1.ErrorReason.Required, path.Of("target"), "the register is missing")
                {
                    Accepted = "an address, a frame_offset or a name",
                });
                return default;
        }
    }

    /// <summary>Notes a value that does not fit.</summary>
    public static void CheckValue(ulong value, int sizeBytes, FieldPath path, RequestProblems problems)
    {
        if (sizeBytes is 1 or 2 or 4 && value >> (sizeBytes * 8) != 0)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, path.Of("value"), $"0x{value:X} does not fit in {sizeBytes} bytes")
            {
                Accepted = $"0..0x{(1UL << (sizeBytes * 8)) - 1:X}",
            });
        }
    }

    private static bool CheckSize(uint sizeBytes, bool isNamed, FieldPath path, RequestProblems problems)
    {
        if (sizeBytes is 1 or 2 or 4 or 8)
        {
            return true;
        }

        if (!isNamed || sizeBytes != 0)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, path.Of(SizeField), $"{sizeBytes} is no size of an access")
            {
                Accepted = isNamed ? $"{AcceptedSizes}, or 0 for the register's own" : AcceptedSizes,
            });
        }

        return false;
    }

    /// <summary>From an address; nonsense when problems were found.</summary>
    public static RegisterPlace ReadAddress(
        VirtualGicConfiguration shape, ulong address, uint sizeBytes, FieldPath path, RequestProblems problems)
    {
        sizeBytes = CheckSize(sizeBytes, isNamed: false, path, problems) ? sizeBytes : 1;
        if (shape.Layout.Locate(new GuestAddress(address)) is not { } location)
        {
            problems.Add(new Problem(
                V1.ErrorReason.NoFrame, path.Of("target.address"), $"0x{address:X} lies in no frame of this VM"));
            return default;
        }

        if (location.Offset + sizeBytes > SizeOf(location.Frame))
        {
            problems.Add(new Problem(
                V1.ErrorReason.NoFrame, path.Of("target.address"),
                $"{sizeBytes} bytes at 0x{address:X} cross the end of their frame"));
        }

        return new RegisterPlace(location, (int)sizeBytes);
    }

    /// <summary>From a frame, its index and an offset; nonsense when problems were found.</summary>
    public static RegisterPlace ReadFrameOffset(
        VirtualGicConfiguration shape, V1.Frame named, uint index, uint offset, uint sizeBytes, FieldPath path,
        RequestProblems problems)
    {
        sizeBytes = CheckSize(sizeBytes, isNamed: false, path, problems) ? sizeBytes : 1;
        if (named is not (V1.Frame.Gicd or V1.Frame.Gicr or V1.Frame.Gits))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, path.Of("target.frame_offset.frame"), $"{(int)named} is no frame")
            {
                Accepted = "GICD, GICR or GITS",
            });
            return default;
        }

        var frame = named switch
        {
            V1.Frame.Gicd => FrameKind.Gicd,
            V1.Frame.Gicr => FrameKind.Gicr,
            _ => FrameKind.Gits,
        };
        CheckIndex(shape, frame, index, path, "target.frame_offset.index", problems);
        if (offset + (ulong)sizeBytes > (ulong)SizeOf(frame))
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, path.Of("target.frame_offset.offset"),
                $"{sizeBytes} bytes at 0x{offset:X} run past the frame's end")
            {
                Accepted = $"0..0x{SizeOf(frame) - (int)sizeBytes:X}",
            });
            return default;
        }

        return new RegisterPlace(
            new FrameLocation(frame, (int)Math.Min(index, int.MaxValue), (int)offset), (int)sizeBytes);
    }

    private static RegisterPlace ReadNamed(
        VirtualGicConfiguration shape, V1.NamedRegister target, uint sizeBytes, FieldPath path,
        RequestProblems problems)
    {
        if (!RegisterNames.MemoryMapped.TryGetValue(target.Name, out var register))
        {
            problems.Add(new Problem(
                V1.ErrorReason.UnknownRegister, path.Of("target.named.name"),
                $"there is no register '{UntrustedText.Shown(target.Name)}'")
            {
                // A search through all names: only where somebody will read its result.
                Suggestion = problems.IsFull ? "" : RegisterNames.NearestMemoryMapped(target.Name),
            });
            return default;
        }

        CheckIndex(shape, register.Frame, target.Index, path, "target.named.index", problems);
        var size = sizeBytes == 0 ? register.WidthBytes : (int)Math.Min(sizeBytes, int.MaxValue);
        if (register.Offset + (long)size > SizeOf(register.Frame) && size <= 8)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, path.Of(SizeField), $"{size} bytes run past the frame's end")
            {
                Accepted = $"at most {register.WidthBytes}",
            });
        }

        return new RegisterPlace(
            new FrameLocation(register.Frame, (int)Math.Min(target.Index, int.MaxValue), register.Offset), size);
    }

    private static void CheckIndex(
        VirtualGicConfiguration shape, FrameKind frame, uint index, FieldPath path, string field,
        RequestProblems problems)
    {
        var (count, what) = frame switch
        {
            FrameKind.Gicr => (shape.Affinities.Count, "vCPU"),
            FrameKind.Gits => (shape.ItsCount, "ITS"),
            _ => (1, "distributor"),
        };
        IndexCheck.Check(index, count, what, path, field, problems);
    }

    private static int SizeOf(FrameKind frame) => frame switch
    {
        FrameKind.Gicd => GicdMap.FrameSizeBytes,
        FrameKind.Gicr => GicrMap.FrameSizeBytes,
        _ => GitsMap.FrameSizeBytes,
    };
}
