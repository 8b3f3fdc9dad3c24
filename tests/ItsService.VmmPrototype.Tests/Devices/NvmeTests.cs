using System.Buffers.Binary;

namespace ItsService.VmmPrototype.Tests.Devices;

public sealed class NvmeTests : IDisposable
{
    private const byte Write = 1;
    private const byte Read = 2;
    private const int PageBytes = 4096;

    private readonly NvmeDriver _driver = new();

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void The_function_tells_what_it_is_and_how_large_its_registers_are()
    {
        Assert.Equal(0x010802u, _driver.ReadConfiguration(0x08) >> 8);
        _driver.WriteConfiguration(0x10, uint.MaxValue);
        _driver.WriteConfiguration(0x14, uint.MaxValue);

        Assert.Equal(0xFFFF_C004u, _driver.ReadConfiguration(0x10));
        Assert.Equal(uint.MaxValue, _driver.ReadConfiguration(0x14));
        Assert.Equal(0x11u, _driver.ReadConfiguration(_driver.ReadConfiguration(0x34, 1), 1));
    }

    [Fact]
    public void It_is_ready_when_it_is_enabled_and_not_before()
    {
        Assert.Equal(0u, _driver.Read(0x1C));
        _driver.Enable();

        Assert.Equal(1u, _driver.Read(0x1C) & 1);
        _driver.Write(0x14, 0);
        Assert.Equal(0u, _driver.Read(0x1C));
    }

    [Fact]
    public void Identify_tells_the_size_of_the_namespace()
    {
        _driver.Enable();

        Assert.Equal(0u, _driver.Admin(0x06, namespaceId: 1, prp1: NvmeDriver.Buffer).Status);
        var page = _driver.Ram.Span(NvmeDriver.Buffer, PageBytes);
        Assert.Equal(2048u, BinaryPrimitives.ReadUInt64LittleEndian(page));
        Assert.Equal(9, page[130]);
    }

    [Fact]
    public void A_feature_tells_how_many_queues_there_are_at_most()
    {
        _driver.Enable();

        Assert.Equal((0u, 0x0001_0001u), _driver.Admin(0x09, word10: 7, word11: 0x001F_001F));
        Assert.Equal((0u, 0u), _driver.Admin(0x09, word10: 7, word11: 0));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(8, 0)]
    [InlineData(8, 512)]
    [InlineData(16, 0)]
    [InlineData(100, 1024)]
    public void What_is_written_is_read_again(int blocks, int offset)
    {
        _driver.Enable().CreateQueues(1);
        var bytes = blocks * 512;
        var data = new byte[bytes];
        new Random(blocks).NextBytes(data);
        var (prp1, prp2) = Describe(NvmeDriver.Buffer + (ulong)offset, bytes);
        data.CopyTo(_driver.Ram.Span(prp1, bytes));
        Assert.Equal(0u, _driver.Transfer(Write, 40, (uint)blocks, prp1, prp2));
        _driver.Ram.Span(prp1, bytes).Clear();

        Assert.Equal(0u, _driver.Transfer(Read, 40, (uint)blocks, prp1, prp2));
        Assert.True(_driver.Ram.Span(prp1, bytes).SequenceEqual(data));
    }

    [Fact]
    public void A_queue_goes_round_many_times_and_each_command_is_told_by_its_vector()
    {
        _driver.Enable().CreateQueues(2);
        _driver.Controller.Messages.Clear();
        for (var number = 0u; number < 30; number++)
        {
            Assert.Equal(0u, _driver.Transfer(Read, number, 1, NvmeDriver.Buffer, queue: 2));
        }

        Assert.Equal(30, _driver.Controller.Messages.Count);
        Assert.All(
            _driver.Controller.Messages,
            message => Assert.Equal((NvmeDriver.Doorbell, 2u, 8u), message));
    }

    [Fact]
    public void A_masked_vector_is_sent_when_it_is_unmasked()
    {
        _driver.Enable().CreateQueues(1);
        _driver.Controller.Messages.Clear();
        _driver.Write(0x201C, 1);
        _driver.Transfer(Read, 0, 1, NvmeDriver.Buffer);
        _driver.Transfer(Read, 0, 1, NvmeDriver.Buffer);
        Assert.Empty(_driver.Controller.Messages);
        Assert.Equal(2u, _driver.Read(0x3000));

        _driver.Write(0x201C, 0);

        Assert.Single(_driver.Controller.Messages);
        Assert.Equal(0u, _driver.Read(0x3000));
    }

    [Fact]
    public void Wrong_commands_are_told_and_change_nothing()
    {
        _driver.Enable().CreateQueues(1);

        Assert.Equal(0x080u, _driver.Transfer(Read, 2047, 2, NvmeDriver.Buffer));
        Assert.Equal(0x004u, _driver.Transfer(Write, 0, 1, 0x1000));
        Assert.Equal(0x001u, _driver.Transfer(0x7F, 0, 1, NvmeDriver.Buffer));
        Assert.Equal(0x013u, _driver.Transfer(Read, 0, 16, NvmeDriver.Buffer, NvmeDriver.Buffer + 8));
        Assert.Equal(0x101u, _driver.Admin(0x04, word10: 9).Status);
        Assert.Equal(0x10Cu, _driver.Admin(0x04, word10: 1).Status);
        Assert.Equal(0x100u, CreateQueue(0x01, word11: 0x0002_0001));
        Assert.Equal(0x108u, CreateQueue(0x05, word11: 0x0009_0003));
    }

    [Fact]
    public void A_queue_outside_memory_stops_the_controller()
    {
        _driver.Enable();
        _driver.Write(0x14, 0);
        _driver.Write(0x28, 0x1000);
        _driver.Write(0x14, 0x0046_0001);
        _driver.Write(0x1000, 1);

        Assert.Equal(2u, _driver.Read(0x1C) & 2);
    }

    private uint CreateQueue(byte opcode, uint word11) =>
        _driver.Admin(opcode, prp1: NvmeDriver.Buffer, word10: 0x0007_0002, word11: word11).Status;

    /// <summary>PRPs of a buffer whose pages follow one another: the second page, or a list.</summary>
    private (ulong Prp1, ulong Prp2) Describe(ulong address, int lengthBytes)
    {
        const ulong list = MemoryMap.Ram + 0x8_0000;
        var second = (address & ~(ulong)(PageBytes - 1)) + PageBytes;
        var pages = (int)((address + (ulong)lengthBytes - second + PageBytes - 1) / PageBytes);
        for (var number = 0; number < pages; number++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(
                _driver.Ram.Span(list + (8 * (ulong)number), 8), second + ((ulong)number * PageBytes));
        }

        return (address, pages switch
        {
            <= 0 => 0,
            1 => second,
            _ => list,
        });
    }
}
