using ItsService.Cli.Replay;

namespace ItsService.Cli.Tests.Replay;

public sealed class RecordingReaderTests
{
    [Fact]
    public void Header_gives_the_machine()
    {
        var header = Read().Header;

        Assert.Equal(2, header.CpuCount);
        Assert.Equal(0x4000_0000UL, header.RamBase);
        Assert.Equal(1UL << 20, header.RamSizeBytes);
        Assert.Equal(0x808_0000UL, header.GitsBase);
        Assert.Equal(0x80A_0000UL, header.GicrBase);
        Assert.Equal(0x800_0000UL, header.GicdBase);
        Assert.Equal("a machine of two", header.Note);
    }

    [Fact]
    public void Each_kind_of_line_is_read()
    {
        var recording = Read(
            "T 430344",
            "MARK load modules",
            "R gits 8 0x0008 0x1f0001efb1",
            "W gicr1 4 0x10100 0x8000000",
            "RBAD gicd 4 0x000c 0x0",
            "FILL 0x40010000 8192 a2 prop",
            "MEM 0x40010001 a3 prop",
            "CMD 0x40 0x280000000a 0x200000000000 0x1 0x0 MAPTI dev=0x28 event=0x0 intid=8192 icid=1",
            "MSI 4 0x40 0x28 0x3",
            "HPPI 1 8192 0xa0",
            "ACK 1 8192",
            "EOI 1 8192",
            "ICC 0 pmr 0xf0");

        Assert.Equal(
            [
                new MarkLine(9, "load modules"),
                new ReadLine(10, new RecordedRegister(RegisterBlock.Gits, 0, 8), 8, 0x1F_0001_EFB1),
                new WriteLine(11, new RecordedRegister(RegisterBlock.Gicr, 1, 0x10100), 4, 0x800_0000),
                new BadAccessLine(12),
                new FillLine(13, 0x4001_0000, 8192, 0xA2),
            ],
            recording.Lines.Take(5));
        var memory = Assert.IsType<MemoryLine>(recording.Lines[5]);
        Assert.Equal([0xA3], memory.Bytes);
        var command = Assert.IsType<QueuedCommandLine>(recording.Lines[6]).Command;
        Assert.Equal(
            (RecordedOpcode.Mapti, 0x28U, 0U, 8192U, 1U),
            (command.Opcode, command.DeviceId, command.EventId, command.IntId, command.CollectionId));
        Assert.Equal(
            [
                new MsiLine(16, 0x40, 0x28, 3),
                new HppiLine(17, 1, 8192, 0xA0),
                new AcknowledgeLine(18, 1, 8192),
                new EndOfInterruptLine(19, 1, 8192),
                new IccWriteLine(20, 0, IccRegister.Pmr, 0xF0),
            ],
            recording.Lines.Skip(7));
    }

    [Fact]
    public void Only_what_somebody_did_to_the_GIC_is_an_operation()
    {
        var recording = Read("MARK a", "R gits 4 0x0 0x0", "HPPI 0 8192 0xa0", "MEM 0x40000000 00 l1", "ACK 0 8192");

        Assert.Equal([false, true, false, false, true], recording.Lines.Select(line => line.IsOperation));
    }

    [Theory]
    [InlineData("Q gits 4 0x0 0x0", "no line begins with 'Q'")]
    [InlineData("R gits 4 0x0", "the value is missing")]
    [InlineData("R gits 4 0x0 0x0 0x0", "'0x0' is more than the line can hold")]
    [InlineData("R gits  4 0x0 0x0", "the size is missing")]
    [InlineData("R gits 3 0x0 0x0", "the size is 3 and not 1, 2, 4 or 8")]
    [InlineData("R gits 4 8 0x0", "the offset is '8' and no hex number with 0x")]
    [InlineData("R gits 4 0x0 zz", "the value is 'zz' and no hex number with 0x")]
    [InlineData("R gits 4 0x0 0x100000000", "the value is 0x100000000, more than 0xffffffff")]
    [InlineData("R gits 4 0xfffd 0x0", "the offset is 0xfffd, more than 0xfffc")]
    [InlineData("R gic 4 0x0 0x0", "the block is 'gic' and not gits, gicd or gicrN")]
    [InlineData("W gicr2 4 0x0 0x0", "the CPU is 2, more than 1")]
    [InlineData("W gicrx 4 0x0 0x0", "the CPU is 'x' and no decimal number")]
    [InlineData("FILL 0x40000000 16 zz l1", "the bytes are not pairs of hex digits")]
    [InlineData("FILL 0x40000000 16 0000 l1", "a FILL holds one byte")]
    [InlineData("FILL 0x40000000 16 00", "what the memory is is missing")]
    [InlineData("FILL 0x40000000 1048577 00 l1", "1048577 bytes at 0x40000000 are not in the RAM of the header")]
    [InlineData("MEM 0x400fffff 0000 l1", "2 bytes at 0x400fffff are not in the RAM of the header")]
    [InlineData("MEM 0xfffffffffffffff0 00 l1", "1 bytes at 0xfffffffffffffff0 are not in the RAM of the header")]
    [InlineData("MEM 0x40000000 0 l1", "the bytes are not pairs of hex digits")]
    [InlineData("CMD 0x10 0x5 0x0 0x0 0x0 SYNC", "the queue offset 0x10 is no multiple of 32")]
    [InlineData("CMD 0x0 0x5 0x0 0x0 SYNC", "doubleword 3 is 'SYNC' and no hex number with 0x")]
    [InlineData("CMD 0x0 0x9 0x0 0x0 0x0 SYNC", "the doublewords are a Mapc and not a SYNC")]
    [InlineData("MSI 8 0x40 0x28 0x0", "the size is 8, more than 4")]
    [InlineData("MSI 2 0x40 0x28 0x10000", "the EventID is 0x10000, more than 0xffff")]
    [InlineData("ACK 0 0x2000", "the INTID is '0x2000' and no decimal number")]
    [InlineData("HPPI 0 8192 160", "the priority is '160' and no hex number with 0x")]
    [InlineData("ICC 0 rpr 0x0", "the register is 'rpr' and not pmr, bpr, ctlr, igrpen or dir")]
    [InlineData("H cpus 4", "a header line stands behind the first event")]
    [InlineData("T 10ms", "the time is '10ms' and no decimal number")]
    public void Garbled_line_is_refused_with_its_number(string garbled, string problem)
    {
        var refusal = Assert.Throws<InputException>(() => Read("T 1", "MARK fine", garbled, "T 2"));

        Assert.Equal($"small: line {RecordingText.HeaderLines + 3}: {problem}", refusal.Message);
    }

    [Theory]
    [InlineData("H cpus 2", "H cpus two", "line 3: the number of CPUs is 'two' and no decimal number")]
    [InlineData("H cpus 2", "H cpus 513", "line 3: the number of CPUs is 513, more than 512")]
    [InlineData("H cpus 2", "H cpus 0", "line 8: the header has no usable 'H cpus' line")]
    [InlineData("H cpus 2", "H cpu 2", "line 8: the header has no usable 'H cpus' line")]
    [InlineData("H ram 0x40000000 1048576", "H note x", "line 8: the header has no usable 'H ram' line")]
    [InlineData("H ram 0x40000000 1048576", "H ram 0x40000000", "line 4: its size is missing")]
    [InlineData("H gicd 0x8000000", "H note x", "line 8: the header has no usable 'H gicd' line")]
    [InlineData("stride 0x20000", "stride 0x40000", "line 6: redistributors lie 0x20000 bytes apart")]
    [InlineData(
        "its-trace 1",
        "its-trace 2",
        "line 1: the recording is of format 'its-trace 2', and this version reads 'its-trace 1'")]
    [InlineData("H format its-trace 1", "R gits 4 0x0 0x0", "line 1: a recording begins with 'H format its-trace 1'")]
    public void Header_that_does_not_describe_a_machine_is_refused(string line, string instead, string problem)
    {
        var text = RecordingText.Header.Replace(line, instead, StringComparison.Ordinal) + "\nT 1\n";

        var refusal = Assert.Throws<InputException>(() => RecordingReader.Read("small", RecordingText.Gzip(text)));

        Assert.Equal($"small: {problem}", refusal.Message);
    }

    [Fact]
    public void Recording_of_a_header_alone_is_empty_and_fine()
    {
        Assert.Empty(RecordingReader.Read("small", RecordingText.Gzip(RecordingText.Header)).Lines);
    }

    [Fact]
    public void Empty_text_is_refused()
    {
        byte[] emptyGzip = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

        var refusal = Assert.Throws<InputException>(
            () => RecordingReader.Read("small", new MemoryStream(emptyGzip)));

        Assert.Equal("small: line 0: the recording is empty", refusal.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("H")]
    [InlineData("H format its-trace 1\n")]
    public void What_is_not_gzip_is_refused(string text)
    {
        using var plain = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));

        var refusal = Assert.Throws<InputException>(() => RecordingReader.Read("small", plain));

        Assert.Equal("small: this is no recording: it is not gzip'd", refusal.Message);
    }

    [Fact]
    public void Gzip_that_is_cut_off_anywhere_is_refused()
    {
        var lines = Enumerable.Range(0, 500).Select(number => $"R gits 4 0x0000 0x{number * 7919:x}").ToArray();
        var whole = RecordingText.WithHeader(lines).ToArray();
        for (var length = 2; length < whole.Length; length++)
        {
            var refusal = Assert.Throws<InputException>(
                () => RecordingReader.Read("small", new MemoryStream(whole[..length])));

            Assert.Equal("small: the gzip data is cut off", refusal.Message);
        }
    }

    [Fact]
    public void Gzip_with_a_wrong_bit_is_refused()
    {
        var damaged = RecordingText.WithHeader("R gits 4 0x0 0x0", "R gits 4 0x0 0x0").ToArray();
        damaged[^6] ^= 1;

        var refusal = Assert.Throws<InputException>(
            () => RecordingReader.Read("small", new MemoryStream(damaged)));

        Assert.Equal("small: the gzip data is damaged", refusal.Message);
    }

    [Fact]
    public void File_that_does_not_exist_is_named()
    {
        var refusal = Assert.Throws<InputException>(() => RecordingReader.ReadFile("/nowhere.trace.gz"));

        Assert.Equal("/nowhere.trace.gz: there is no such file", refusal.Message);
    }

    private static Recording Read(params string[] lines) =>
        RecordingReader.Read("small", RecordingText.WithHeader(lines));
}
