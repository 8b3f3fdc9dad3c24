namespace ItsService.ReferenceModel;

/// <summary>Who may access a register.</summary>
internal enum RegisterAccess
{
    None,
    ReadOnly,
    ReadWrite,
    WriteOnly,
}

/// <summary>The control and the translation frame: gits 2 to 12.</summary>
internal sealed class ItsRegisters(Its its)
{
    private const uint Ctlr = 0x0000;
    private const uint Iidr = 0x0004;
    private const uint Typer = 0x0008;
    private const uint Mpamidr = 0x0010;
    private const uint Partidr = 0x0014;
    private const uint Mpidr = 0x0018;
    private const uint Statusr = 0x0040;
    private const uint Umsir = 0x0048;
    private const uint Cbaser = 0x0080;
    private const uint Cwriter = 0x0088;
    private const uint Creadr = 0x0090;
    private const uint BaserFirst = 0x0100;
    private const uint BaserLast = 0x0138;
    private const uint IdentificationFirst = 0xFFD0;
    private const uint IdentificationLast = 0xFFFC;
    private const uint TranslationFrame = 0x1_0000;
    private const uint Translater = 0x1_0040;
    private const uint FramesEnd = 0x2_0000;

    private ReferenceProfile Profile => its.Machine.Profile;

    public ulong Read(uint offset, int sizeBytes)
    {
        var (start, width, access) = Find(offset, sizeBytes);
        if (access == RegisterAccess.None)
        {
            if (IsWholeAccess(offset, sizeBytes))
            {
                its.Status.NoteReservedRead();
            }

            return 0;
        }

        if (!IsLegal(start, width, offset, sizeBytes))
        {
            return 0;
        }

        if (access == RegisterAccess.WriteOnly)
        {
            its.Status.NoteWriteOnlyRead();
            return 0;
        }

        var value = Value(start);
        return width == 8 ? Bits.Part(value, offset - start, sizeBytes) : value;
    }

    /// <summary>What became of the message, if the store was one.</summary>
    public ReferenceMessage? Write(uint offset, int sizeBytes, ulong value, uint? requester)
    {
        if (IsLostAtDoorbell(offset, sizeBytes, requester))
        {
            its.Machine.IgnoredDoorbellWrites.Add(
                new ReferenceDoorbellWrite(its.Index, offset, sizeBytes, value, requester));
        }

        var (start, width, access) = Find(offset, sizeBytes);
        if (access == RegisterAccess.None)
        {
            if (IsWholeAccess(offset, sizeBytes))
            {
                its.Status.NoteReservedWrite();
            }

            return null;
        }

        if (!IsLegal(start, width, offset, sizeBytes))
        {
            return null;
        }

        if (access == RegisterAccess.ReadOnly)
        {
            its.Status.NoteReadOnlyWrite();
        }
        else if (start == Translater)
        {
            // The upper half alone holds no EventID.
            return requester is { } deviceId && offset == start
                ? its.Translation.Message(deviceId, (uint)value)
                : null;
        }
        else if (start == Cwriter && offset != start)
        {
            // gits 8.3: the upper half is RES0, and writing it sets nothing off.
        }
        else
        {
            Store(start, width == 8 ? Bits.Merge(Value(start), offset - start, sizeBytes, value) : value);
        }

        return null;
    }

    /// <summary>Decision 0004: it touches GITS_TRANSLATER or is a device's in that frame, and is no message.</summary>
    private static bool IsLostAtDoorbell(uint offset, int sizeBytes, uint? requester)
    {
        if (requester is not null)
        {
            return offset >= TranslationFrame && !(offset == Translater && sizeBytes is 2 or 4);
        }

        return offset < Translater + 4 && offset + (uint)sizeBytes > Translater;
    }

    private static bool IsWholeAccess(uint offset, int sizeBytes) =>
        sizeBytes is 4 or 8 && offset % (uint)sizeBytes == 0 && offset < FramesEnd;

    /// <summary>
    /// gits 2.1: the register's own size, or an aligned half of a 64-bit one. GITS_TRANSLATER has 16 bits, too: gits
    /// 10.1.
    /// </summary>
    private static bool IsLegal(uint start, int width, uint offset, int sizeBytes) =>
        (sizeBytes == width && offset == start)
        || (width == 8 && sizeBytes == 4 && offset % 4 == 0)
        || (start == Translater && sizeBytes == 2 && offset % 2 == 0);

    /// <summary>The register that any byte of an access falls on; the first of them, if there are two.</summary>
    private static (uint Start, int Width, RegisterAccess Access) Find(uint offset, int sizeBytes)
    {
        for (var address = offset; address < offset + (uint)sizeBytes; address++)
        {
            var start64 = address & ~7u;
            var start32 = address & ~3u;
            var access64 = Access64(start64);
            var access32 = Access32(start32);
            if (access64 != RegisterAccess.None)
            {
                return (start64, 8, access64);
            }

            if (access32 != RegisterAccess.None)
            {
                return (start32, 4, access32);
            }
        }

        return (0, 0, RegisterAccess.None);
    }

    private static RegisterAccess Access32(uint offset) => offset switch
    {
        Ctlr => RegisterAccess.ReadWrite,
        Iidr => RegisterAccess.ReadOnly,
        // Decision 0004: registers whose feature is not there are RES0, and no reserved places.
        Mpamidr or Mpidr => RegisterAccess.ReadOnly,
        Partidr => RegisterAccess.ReadWrite,
        Statusr => RegisterAccess.ReadWrite,
        >= IdentificationFirst and <= IdentificationLast => RegisterAccess.ReadOnly,
        Translater => RegisterAccess.WriteOnly,
        _ => RegisterAccess.None,
    };

    private static RegisterAccess Access64(uint offset) => offset switch
    {
        Typer or Creadr or Umsir => RegisterAccess.ReadOnly,
        Cbaser or Cwriter => RegisterAccess.ReadWrite,
        >= BaserFirst and <= BaserLast => RegisterAccess.ReadWrite,
        _ => RegisterAccess.None,
    };

    private ulong Value(uint start) => start switch
    {
        // gits 3: Quiescent is 0 exactly while enabled and commands wait.
        Ctlr => its.Enabled.At(0) | (!its.Queue.HasWork()).At(31),
        Iidr => Profile.GitsIidr,
        Typer => TyperValue(),
        Mpamidr or Partidr or Mpidr => 0,
        Statusr => its.Status.Statusr,
        Umsir => its.Status.Umsir,
        Cbaser => its.Queue.Cbaser,
        Cwriter => its.Queue.WriteOffset,
        Creadr => its.Queue.ReadOffset | its.Queue.Stalled.At(0),
        >= BaserFirst and <= BaserLast => its.Basers[(start - BaserFirst) / 8],
        _ => Profile.GitsIdentification[(int)(start - IdentificationFirst) / 4],
    };

    /// <summary>gits 5; CCT as decision 0004 has it.</summary>
    private ulong TyperValue() =>
        true.At(0) // Physical
        | (Profile.Hcc > 0).At(2) // CCT
        | ((ulong)(Profile.ReportedIttEntryBytes - 1) << 4)
        | ((ulong)(Profile.EventIdBits - 1) << 8)
        | ((ulong)(Profile.DeviceIdBits - 1) << 13)
        | Profile.Pta.At(19)
        | ((ulong)Profile.Hcc << 24)
        | (Profile.CollectionIdLimit ? ((ulong)(Profile.CollectionIdBits - 1) << 32) | true.At(36) : 0)
        | Profile.ReportsUnmappedMsis.At(44);

    private void Store(uint start, ulong value)
    {
        switch (start)
        {
            case Ctlr:
                WriteCtlr(value);
                break;
            case Statusr:
                its.Status.Clear(value);
                break;
            case Cbaser:
                its.Queue.WriteCbaser(value);
                break;
            case Cwriter:
                its.Queue.WriteCwriter(value);
                break;
            case >= BaserFirst and <= BaserLast:
                WriteBaser((int)(start - BaserFirst) / 8, value);
                break;
        }
    }

    /// <summary>
    /// gits 3. Disabling unmaps nothing. Decision 0004: with collections of hardware no collection table is needed.
    /// </summary>
    private void WriteCtlr(ulong value)
    {
        var enable = value.Bit(0);
        var tablesAreValid = its.Queue.Cbaser.Bit(63)
            && its.BaserOfType(Table.Devices).Bit(63)
            && (its.BaserOfType(Table.Collections).Bit(63) || Profile.Hcc > 0);
        if (enable && !its.Enabled && Profile.EnableNeedsValidTables && !tablesAreValid)
        {
            return;
        }

        its.Enabled = enable;
        its.Queue.Run();
    }

    /// <summary>gits 9. Decision 0004: any change forgets what the table held, the same value again does not.</summary>
    private void WriteBaser(int number, ulong value)
    {
        var reset = Profile.BaserReset[number];
        var type = reset.Field(58, 56);
        if (its.Enabled || type == 0)
        {
            return;
        }

        value = value.WithField(58, 56, type).WithField(52, 48, reset.Field(52, 48));
        value = its.Machine.Sanitised(value, innerLow: 59, outerLow: 53);
        if (type == Table.Collections && !Profile.TwoLevelCollectionTable)
        {
            value = value.WithField(62, 62, 0);
        }

        if (!Profile.AcceptedPageSizes.Contains((uint)value.Field(9, 8)))
        {
            value = value.WithField(9, 8, reset.Field(9, 8));
        }

        // With 16 KiB pages the address begins at bit 14.
        if (value.Field(9, 8) == 1)
        {
            value = value.WithField(13, 12, 0);
        }

        if (value == its.Basers[number])
        {
            return;
        }

        its.Basers[number] = value;
        Forget(type);
    }

    private void Forget(ulong type)
    {
        if (type == Table.Devices)
        {
            its.Devices.Clear();
            its.Machine.Configurations.ForgetWhatIsNowhere();
        }
        else if (type == Table.Collections)
        {
            // Those that hardware holds are in no table.
            foreach (var collectionId in its.Collections.Keys.Where(id => id >= Profile.Hcc).ToList())
            {
                its.Collections.Remove(collectionId);
            }
        }
    }
}
