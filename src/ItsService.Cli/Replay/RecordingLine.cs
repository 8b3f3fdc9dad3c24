namespace ItsService.Cli.Replay;

/// <summary>One line of a recording: tests/recordings/README.md describes each kind.</summary>
/// <param name="Number">The line's number in the file, from 1.</param>
internal abstract record RecordingLine(int Number)
{
    /// <summary>
    /// Whether somebody did something to the GIC here. What is none (HPPI, MEM, FILL, CMD, MARK) only describes what
    /// the operations around it found or caused.
    /// </summary>
    public virtual bool IsOperation => true;
}

/// <summary>The frame of a register access: the control frame, the distributor, or both frames of one CPU.</summary>
internal enum RegisterBlock
{
    Gits,
    Gicd,
    Gicr,
}

/// <summary>Where a register access went. The CPU is 0 but for <see cref="RegisterBlock.Gicr"/>.</summary>
internal readonly record struct RecordedRegister(RegisterBlock Block, uint Cpu, uint Offset)
{
    public override string ToString() => Block switch
    {
        RegisterBlock.Gicr => $"gicr{Cpu}+0x{Offset:x}",
        _ => $"{Block.ToString().ToLowerInvariant()}+0x{Offset:x}",
    };
}

/// <summary>MARK: the guest's script announced a phase.</summary>
internal sealed record MarkLine(int Number, string Phase) : RecordingLine(Number)
{
    public override bool IsOperation => false;
}

/// <summary>R: the guest read a register.</summary>
internal sealed record ReadLine(int Number, RecordedRegister Register, uint SizeBytes, ulong Value)
    : RecordingLine(Number);

/// <summary>W: the guest wrote a register.</summary>
internal sealed record WriteLine(int Number, RecordedRegister Register, uint SizeBytes, ulong Value)
    : RecordingLine(Number);

/// <summary>RBAD and WBAD: an access for which the recorded machine has no register.</summary>
internal sealed record BadAccessLine(int Number) : RecordingLine(Number);

/// <summary>FILL: guest memory holds one byte again and again.</summary>
internal sealed record FillLine(int Number, ulong Address, ulong LengthBytes, byte Byte) : RecordingLine(Number)
{
    public override bool IsOperation => false;
}

/// <summary>MEM: guest memory holds these bytes.</summary>
internal sealed record MemoryLine(int Number, ulong Address, byte[] Bytes) : RecordingLine(Number)
{
    public override bool IsOperation => false;
}

/// <summary>CMD: what the guest stored in its queue, to be executed by the operation that follows.</summary>
internal sealed record QueuedCommandLine(int Number, uint QueueOffset, RecordedCommand Command) : RecordingLine(Number)
{
    public override bool IsOperation => false;
}

/// <summary>MSI: a device wrote to the translation frame.</summary>
internal sealed record MsiLine(int Number, uint Offset, uint DeviceId, uint EventId) : RecordingLine(Number);

/// <summary>HPPI: the CPU's highest-priority pending interrupt is this LPI.</summary>
internal sealed record HppiLine(int Number, uint Cpu, uint IntId, byte Priority) : RecordingLine(Number)
{
    public override bool IsOperation => false;
}

/// <summary>ACK: the CPU read ICC_IAR1_EL1 and got this LPI.</summary>
internal sealed record AcknowledgeLine(int Number, uint Cpu, uint IntId) : RecordingLine(Number);

/// <summary>EOI: the CPU wrote ICC_EOIR1_EL1.</summary>
internal sealed record EndOfInterruptLine(int Number, uint Cpu, uint IntId) : RecordingLine(Number);

/// <summary>ICC: the CPU wrote another register of its CPU interface.</summary>
internal sealed record IccWriteLine(int Number, uint Cpu, IccRegister Register, ulong Value) : RecordingLine(Number);

/// <summary>The registers that an ICC line names.</summary>
internal enum IccRegister
{
    Pmr,
    Bpr,
    Ctlr,
    Igrpen,
    Dir,
}
