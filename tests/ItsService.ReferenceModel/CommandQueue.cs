namespace ItsService.ReferenceModel;

/// <summary>GITS_CBASER, CWRITER and CREADR, and the loop that they drive: gits 8, commands 1.</summary>
internal sealed class CommandQueue(Its its)
{
    private const uint SlotBytes = 32;

    public ulong Cbaser { get; private set; }

    public uint WriteOffset { get; private set; }

    public uint ReadOffset { get; private set; }

    public bool Stalled { get; private set; }

    private ReferenceProfile Profile => its.Machine.Profile;

    private ulong SizeBytes => (Cbaser.Field(7, 0) + 1) * 4096;

    public void Reset()
    {
        Cbaser = 0;
        WriteOffset = 0;
        ReadOffset = 0;
        Stalled = false;
    }

    /// <summary>gits 8.1. Ignored while enabled; clears CREADR, and in some profiles CWRITER.</summary>
    public void WriteCbaser(ulong value)
    {
        if (its.Enabled)
        {
            return;
        }

        // Decision 0004: a queue lies at a multiple of 64 KiB, so [15:12] read 0.
        var kept = value & (Bits.Ones(63, 63) | Bits.Ones(61, 59) | Bits.Ones(55, 53) | Bits.Ones(51, 16)
            | Bits.Ones(11, 10) | Bits.Ones(7, 0));
        Cbaser = its.Machine.Sanitised(kept, innerLow: 59, outerLow: 53);
        ReadOffset = 0;
        Stalled = false;
        if (Profile.CbaserClearsCwriter)
        {
            WriteOffset = 0;
        }
    }

    /// <summary>gits 8.3; docs/command-errors.md, "What an error does".</summary>
    public void WriteCwriter(ulong value)
    {
        var offset = (uint)value & 0xF_FFE0;
        if (offset >= SizeBytes && !Profile.KeepsOutOfRangeCwriter)
        {
            return;
        }

        var retry = value.Bit(0) || (Profile.AnyCwriterWriteRestartsStalledQueue && offset != ReadOffset);
        WriteOffset = offset;
        if (retry)
        {
            Stalled = false;
        }

        Run();
    }

    /// <summary>Whether commands may run: an invalid queue, or one with CWRITER beyond it, has none.</summary>
    public bool HasWork() =>
        its.Enabled && Cbaser.Bit(63) && !Stalled && WriteOffset < SizeBytes && ReadOffset != WriteOffset;

    /// <summary>Runs all that may run, unless the configuration has commands wait until they are told to.</summary>
    public void Run()
    {
        while (HasWork() && !its.Machine.Configuration.CommandsRunOnlyWhenTold)
        {
            RunNext();
        }
    }

    /// <summary>Runs so many, or all that may run if there are fewer.</summary>
    public List<ReferenceCommand> Run(int count)
    {
        List<ReferenceCommand> commands = [];
        while (HasWork() && commands.Count < count)
        {
            commands.Add(RunNext());
        }

        return commands;
    }

    private ReferenceCommand RunNext()
    {
        var offset = ReadOffset;
        var (opcode, result, message) = Execute();
        if (result.Code != 0)
        {
            var stalls = Profile.ErrorPolicy switch
            {
                ReferenceErrorPolicy.Continue => false,
                ReferenceErrorPolicy.Stall => true,
                _ => result.IsMemoryError,
            };
            its.Machine.CommandErrors.Add((its.Index, offset, opcode, result.Code, stalls));
            if (stalls)
            {
                Stalled = true;
                return new ReferenceCommand(offset, opcode, result.Code, true, message);
            }
        }

        ReadOffset = ReadOffset + SlotBytes == SizeBytes ? 0 : ReadOffset + SlotBytes;
        return new ReferenceCommand(offset, opcode, result.Code, false, message);
    }

    private (byte Opcode, CommandResult Result, ReferenceMessage? Message) Execute()
    {
        var slot = new byte[SlotBytes];
        var address = (Cbaser.Field(51, 16) << 16) + ReadOffset;
        if (!its.Machine.Memory.TryRead(address, slot))
        {
            return (0, CommandResult.SlotNotInRam, null);
        }

        var command = new Command(
            BitConverter.ToUInt64(slot, 0),
            BitConverter.ToUInt64(slot, 8),
            BitConverter.ToUInt64(slot, 16),
            BitConverter.ToUInt64(slot, 24));
        var commands = new Commands(its, command);
        return (command.Opcode, commands.Execute(), commands.Message);
    }
}
