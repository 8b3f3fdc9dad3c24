namespace ItsService.Cli.Replay;

/// <summary>
/// Reads the lines that follow the header. What is wrong with one is a <see cref="FormatException"/>.
/// </summary>
internal sealed class LineReader(RecordingHeader header)
{
    private const uint IntIdMaximum = (1 << 24) - 1;
    private const uint GicdSizeBytes = 0x10000;
    private const uint GicrSizeBytes = 0x20000;
    private const uint GitsSizeBytes = 0x10000;

    /// <summary>Null for a line that needs no replaying.</summary>
    public RecordingLine? Read(int number, ReadOnlySpan<char> text)
    {
        var fields = new LineFields(text);
        var kind = fields.Next("the kind of line");
        RecordingLine? line = kind switch
        {
            "T" => Time(ref fields),
            "MARK" => new MarkLine(number, fields.Remainder()),
            "R" => ReadOf(number, ref fields),
            "W" => WriteOf(number, ref fields),
            "RBAD" or "WBAD" => BadAccess(number, ref fields),
            "FILL" => Fill(number, ref fields),
            "MEM" => Memory(number, ref fields),
            "CMD" => Command(number, ref fields),
            "MSI" => Msi(number, ref fields),
            "HPPI" => new HppiLine(number, Cpu(ref fields), IntId(ref fields), (byte)fields.Hex("the priority", 0xFF)),
            "ACK" => new AcknowledgeLine(number, Cpu(ref fields), IntId(ref fields)),
            "EOI" => new EndOfInterruptLine(number, Cpu(ref fields), IntId(ref fields)),
            "ICC" => Icc(number, ref fields),
            "H" => throw new FormatException("a header line stands behind the first event"),
            _ => throw new FormatException($"no line begins with '{kind}'"),
        };
        fields.End();
        return line;
    }

    private static RecordingLine? Time(ref LineFields fields)
    {
        fields.Decimal("the time", ulong.MaxValue);
        return null;
    }

    private ReadLine ReadOf(int number, ref LineFields fields)
    {
        var (register, sizeBytes, value) = Access(ref fields);
        return new ReadLine(number, register, sizeBytes, value);
    }

    private WriteLine WriteOf(int number, ref LineFields fields)
    {
        var (register, sizeBytes, value) = Access(ref fields);
        return new WriteLine(number, register, sizeBytes, value);
    }

    private BadAccessLine BadAccess(int number, ref LineFields fields)
    {
        Access(ref fields);
        return new BadAccessLine(number);
    }

    private (RecordedRegister Register, uint SizeBytes, ulong Value) Access(ref LineFields fields)
    {
        var (block, cpu, frameSizeBytes) = Block(fields.Next("the block"));
        var sizeBytes = (uint)fields.Decimal("the size", 8);
        if (sizeBytes is not (1 or 2 or 4 or 8))
        {
            throw new FormatException($"the size is {sizeBytes} and not 1, 2, 4 or 8");
        }

        var offset = (uint)fields.Hex("the offset", frameSizeBytes - sizeBytes);
        var value = fields.Hex("the value", ulong.MaxValue >> (64 - (8 * (int)sizeBytes)));
        return (new RecordedRegister(block, cpu, offset), sizeBytes, value);
    }

    private (RegisterBlock Block, uint Cpu, uint SizeBytes) Block(ReadOnlySpan<char> name)
    {
        if (name.SequenceEqual("gits"))
        {
            return (RegisterBlock.Gits, 0, GitsSizeBytes);
        }

        if (name.SequenceEqual("gicd"))
        {
            return (RegisterBlock.Gicd, 0, GicdSizeBytes);
        }

        if (!name.StartsWith("gicr", StringComparison.Ordinal) || name.Length == 4)
        {
            throw new FormatException($"the block is '{name}' and not gits, gicd or gicrN");
        }

        var digits = new LineFields(name[4..]);
        return (RegisterBlock.Gicr, Cpu(ref digits), GicrSizeBytes);
    }

    private FillLine Fill(int number, ref LineFields fields)
    {
        var address = fields.Hex("the address", ulong.MaxValue);
        var lengthBytes = fields.Decimal("the length", ulong.MaxValue);
        var content = fields.Bytes("the bytes");
        RequireRam(address, lengthBytes);
        RequireLabel(ref fields);
        return content.Length == 1
            ? new FillLine(number, address, lengthBytes, content[0])
            : throw new FormatException("a FILL holds one byte");
    }

    private MemoryLine Memory(int number, ref LineFields fields)
    {
        var address = fields.Hex("the address", ulong.MaxValue);
        var content = fields.Bytes("the bytes");
        RequireRam(address, (ulong)content.Length);
        RequireLabel(ref fields);
        return new MemoryLine(number, address, content);
    }

    private static void RequireLabel(ref LineFields fields) => fields.Next("what the memory is");

    private void RequireRam(ulong address, ulong lengthBytes)
    {
        if (!header.RamHolds(address, lengthBytes))
        {
            throw new FormatException($"{lengthBytes} bytes at 0x{address:x} are not in the RAM of the header");
        }
    }

    private static QueuedCommandLine Command(int number, ref LineFields fields)
    {
        var queueOffset = (uint)fields.Hex("the queue offset", (1 << 20) - RecordedCommand.SizeBytes);
        if (queueOffset % RecordedCommand.SizeBytes != 0)
        {
            throw new FormatException($"the queue offset 0x{queueOffset:x} is no multiple of 32");
        }

        var command = new RecordedCommand(
            fields.Hex("doubleword 0", ulong.MaxValue),
            fields.Hex("doubleword 1", ulong.MaxValue),
            fields.Hex("doubleword 2", ulong.MaxValue),
            fields.Hex("doubleword 3", ulong.MaxValue));
        var name = fields.Next("the command's name");
        if (Enum.TryParse<RecordedOpcode>(name, ignoreCase: true, out var opcode) && opcode != command.Opcode)
        {
            throw new FormatException($"the doublewords are a {command.Opcode} and not a {name}");
        }

        if (!fields.AtEnd)
        {
            fields.Remainder();
        }

        return new QueuedCommandLine(number, queueOffset, command);
    }

    private static MsiLine Msi(int number, ref LineFields fields)
    {
        var sizeBytes = fields.Decimal("the size", 4);
        var offset = (uint)fields.Hex("the offset", 0xFFFF);
        var deviceId = (uint)fields.Hex("the DeviceID", uint.MaxValue);
        var eventIdMaximum = sizeBytes switch
        {
            2 => (ulong)ushort.MaxValue,
            4 => uint.MaxValue,
            _ => throw new FormatException($"the size is {sizeBytes} and not 2 or 4"),
        };
        return new MsiLine(number, offset, deviceId, (uint)fields.Hex("the EventID", eventIdMaximum));
    }

    private IccWriteLine Icc(int number, ref LineFields fields)
    {
        var cpu = Cpu(ref fields);
        var name = fields.Next("the register");
        var register = name switch
        {
            "pmr" => IccRegister.Pmr,
            "bpr" => IccRegister.Bpr,
            "ctlr" => IccRegister.Ctlr,
            "igrpen" => IccRegister.Igrpen,
            "dir" => IccRegister.Dir,
            _ => throw new FormatException($"the register is '{name}' and not pmr, bpr, ctlr, igrpen or dir"),
        };
        return new IccWriteLine(number, cpu, register, fields.Hex("the value", ulong.MaxValue));
    }

    private uint Cpu(ref LineFields fields) => (uint)fields.Decimal("the CPU", (ulong)header.CpuCount - 1);

    private static uint IntId(ref LineFields fields) => (uint)fields.Decimal("the INTID", IntIdMaximum);
}
