using ItsService.Core.Registers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Registers;

/// <summary>What holds for every register alike, checked on every row of the three maps (gits-registers 2.1).</summary>
public class RegisterRowTests
{
    public static TheoryData<string, FrameKind> Frames => new()
    {
        { "kvm", FrameKind.Gits }, { "kvm", FrameKind.Gicr }, { "kvm", FrameKind.Gicd },
        { "qemu", FrameKind.Gits }, { "qemu", FrameKind.Gicr }, { "qemu", FrameKind.Gicd },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void Read_only_register_ignores_writes(string profile, FrameKind frame)
    {
        var guest = StartedGuest(profile);
        ForEachRegister(frame, (row, offset, name) =>
        {
            if (row.Access != RegisterAccess.ReadOnly)
            {
                return;
            }

            var port = guest.Port(frame);
            var before = port.Read(offset, row.WidthBytes);
            port.Write(offset, row.WidthBytes, ~before);
            port.Write32(offset, ~before);
            port.Write32(offset + row.WidthBytes - 4, ~before);

            Assert.True(before == port.Read(offset, row.WidthBytes), name);
        });
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Write_only_register_reads_zero(string profile, FrameKind frame)
    {
        var guest = StartedGuest(profile);
        ForEachRegister(frame, (row, offset, name) =>
        {
            if (row.Access == RegisterAccess.WriteOnly)
            {
                guest.Port(frame).Write(offset, row.WidthBytes, ulong.MaxValue);
                Assert.True(guest.Port(frame).Read(offset, row.WidthBytes) == 0, name);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Bits_outside_the_writable_mask_keep_their_value(string profile, FrameKind frame)
    {
        ForEachRegister(frame, (row, offset, name) =>
        {
            var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
            var before = guest.Port(frame).Read(offset, row.WidthBytes) & ~row.WritableMask;
            guest.Port(frame).Write(offset, row.WidthBytes, ulong.MaxValue);

            Assert.True(before == (guest.Port(frame).Read(offset, row.WidthBytes) & ~row.WritableMask), name);
        });
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Bits_outside_the_named_fields_read_zero(string profile, FrameKind frame)
    {
        ForEachRegister(frame, (row, offset, name) =>
        {
            if (row.Fields.Count == 0 || row.Id == RegisterId.Identification)
            {
                return;
            }

            var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
            guest.Port(frame).Write(offset, row.WidthBytes, ulong.MaxValue);
            var named = row.Fields.Aggregate(0UL, (mask, field) => mask | Bits.Mask(field.High, field.Low));

            Assert.True((guest.Port(frame).Read(offset, row.WidthBytes) & ~named) == 0, name);
        });
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Halves_compose_the_whole_when_read(string profile, FrameKind frame)
    {
        var guest = StartedGuest(profile);
        ForEachRegister(frame, (row, offset, name) =>
        {
            if (row.WidthBytes == 8)
            {
                var port = guest.Port(frame);
                Assert.True(port.Read64(offset) == (port.Read32(offset) | (port.Read32(offset + 4) << 32)), name);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Halves_written_one_after_the_other_are_one_whole_write(string profile, FrameKind frame)
    {
        const ulong value = 0xA5A5_5A5A_C3C3_9696;
        ForEachRegister(frame, (row, offset, name) =>
        {
            if (row.WidthBytes != 8)
            {
                return;
            }

            var options = new GuestOptions { Profile = Named.Profile(profile) };
            var byWhole = new Guest(options).Port(frame);
            byWhole.Write64(offset, value);
            var byLowFirst = new Guest(options).Port(frame);
            byLowFirst.Write32(offset, value & uint.MaxValue);
            byLowFirst.Write32(offset + 4, value >> 32);
            var byHighFirst = new Guest(options).Port(frame);
            byHighFirst.Write32(offset + 4, value >> 32);
            byHighFirst.Write32(offset, value & uint.MaxValue);

            Assert.True(byWhole.Read64(offset) == byLowFirst.Read64(offset), $"{name}, low half first");
            Assert.True(byWhole.Read64(offset) == byHighFirst.Read64(offset), $"{name}, high half first");
        });
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Byte_accessible_register_takes_each_byte_alone(string profile, FrameKind frame)
    {
        var guest = StartedGuest(profile);
        ForEachRegister(frame, (row, offset, name) =>
        {
            if (!IsByteAccessible(name) || !name.Contains("IPRIORITYR", StringComparison.Ordinal))
            {
                return;
            }

            var port = guest.Port(frame);
            port.Write32(offset, 0xF0E0_D0C0);
            var isBuilt = port.Read32(offset) != 0;
            port.Write(offset + 1, 1, 0x80);
            port.Write(offset + 3, 1, 0x40);

            Assert.True(port.Read32(offset) == (isBuilt ? 0x40E0_80C0UL : 0), name);
            Assert.True(port.Read(offset + 1, 1) == (isBuilt ? 0x80UL : 0), name);
        });
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Illegal_and_misaligned_reads_give_zero(string profile, FrameKind frame)
    {
        var guest = StartedGuest(profile);
        guest.Port(frame).Write32(GicrOffset.Ctlr, 1);
        ForEachIllegalAccess(frame, (offset, sizeBytes, name) =>
            Must.Hold(guest.Port(frame).Read(offset, sizeBytes) == 0, $"{name}: {sizeBytes} bytes at 0x{offset:X}"));
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Illegal_and_misaligned_writes_change_nothing(string profile, FrameKind frame)
    {
        var guest = StartedGuest(profile);
        var before = Snapshot.Of(guest);
        ForEachIllegalAccess(frame, (offset, sizeBytes, _) =>
            guest.Port(frame).Write(offset, sizeBytes, 0x1111_2222_4444_8889));

        Assert.Equal(before, Snapshot.Of(guest));
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Reserved_offset_reads_zero_and_ignores_writes(string profile, FrameKind frame)
    {
        var guest = StartedGuest(profile);
        var port = guest.Port(frame);
        var before = Snapshot.Of(guest);
        var frameBytes = frame == FrameKind.Gicd ? 0x1_0000 : 0x2_0000;
        for (var offset = 0; offset < frameBytes; offset += 4)
        {
            if (Named.Map(frame).Exists(offset))
            {
                continue;
            }

            port.Write32(offset, uint.MaxValue);
            port.Write(offset, 8, ulong.MaxValue);
            port.Write(offset, 1, 0xFF);
            Must.Hold(port.Read32(offset) == 0, $"0x{offset:X}");
            Must.Hold(offset % 8 != 0 || port.Read64(offset) == 0, $"0x{offset:X}");
        }

        Assert.Equal(before, Snapshot.Of(guest));
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Access_outside_the_frame_reads_zero_and_is_ignored(string profile, FrameKind frame)
    {
        var guest = StartedGuest(profile);
        foreach (var offset in new[] { -4, 0x2_0000, int.MaxValue - 3, int.MinValue })
        {
            guest.Port(frame).Write32(offset, uint.MaxValue);
            Assert.Equal(0UL, guest.Port(frame).Read32(offset));
        }
    }

    private static Guest StartedGuest(string profile) =>
        Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });

    private static bool IsByteAccessible(string name) =>
        name.Contains("IPRIORITYR", StringComparison.Ordinal) || name.Contains("ITARGETSR", StringComparison.Ordinal);

    /// <summary>The manual's rule by name and width, not Core's LegalSizes.</summary>
    private static bool IsLegal(string name, int widthBytes, int sizeBytes) => sizeBytes switch
    {
        1 => IsByteAccessible(name),
        2 => name == "GITS_TRANSLATER",
        4 => true,
        _ => widthBytes == 8,
    };

    private static void ForEachRegister(FrameKind frame, Action<RegisterRow, int, string> check)
    {
        foreach (var row in Named.Map(frame).Rows)
        {
            // The first and the last of an array stand for all of it.
            foreach (var index in new[] { 0, row.Count - 1 }.Distinct())
            {
                check(row, row.Offset + (index * row.WidthBytes), row.NameOf(index));
            }
        }
    }

    private static void ForEachIllegalAccess(FrameKind frame, Action<int, int, string> check) =>
        ForEachRegister(frame, (row, offset, name) =>
        {
            for (var displacement = 0; displacement < row.WidthBytes; displacement++)
            {
                foreach (var sizeBytes in new[] { 1, 2, 4, 8 })
                {
                    if (!IsLegal(name, row.WidthBytes, sizeBytes) || (offset + displacement) % sizeBytes != 0)
                    {
                        check(offset + displacement, sizeBytes, name);
                    }
                }
            }
        });
}
