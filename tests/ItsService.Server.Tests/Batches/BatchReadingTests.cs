using ItsService.Server.Tests.Guests;

namespace ItsService.Server.Tests.Batches;

/// <summary>A batch is read as the generated parser reads it, however it is encoded.</summary>
public class BatchReadingTests
{
    private const int Vm = 1;
    private const int Accesses = 2;
    private const int Read = 1;
    private const int Write = 2;
    private const int ReadSystemRegister = 3;
    private const int WriteSystemRegister = 4;
    private const int WriteMemory = 6;
    private const ulong Minus1 = ulong.MaxValue;

    private static readonly byte[] Name = Wire.Text(Vm, "vms/a");
    private static readonly byte[] Distributor = Target(Wire.Number(1, GuestMap.DistributorBase));
    private static readonly byte[] Size = Wire.Number(2, 4);
    private static readonly byte[] Mask = Encoding(0xC230);
    private static readonly byte[] Unknown = Wire.Number(77, 7);
    private static readonly byte[] AnyRead = One(Read, Distributor, Size);
    private static readonly byte[] AnyMemory = One(WriteMemory, Wire.Number(1, 0x4000_0000), Wire.Text(2, "abc"));

    public static TheoryData<string, byte[]> Forms => new()
    {
        { "empty message", [] },
        { "no accesses", Name },
        { "no VM", AnyRead },
        { "VM after the accesses", Wire.Join(AnyRead, AnyMemory, Name) },
        { "VM between the accesses", Wire.Join(AnyMemory, Name, AnyMemory) },
        { "VM twice", Wire.Join(Wire.Text(Vm, "vms/b"), AnyRead, Name) },
        { "VM twice, the last one empty", Wire.Join(Name, AnyRead, Wire.Text(Vm, "")) },
        { "VM that is no text", Wire.Join(Wire.Block(Vm, [0x76, 0xFF, 0xC3]), AnyRead) },
        { "VM that is no text before one that is", Wire.Join(Wire.Block(Vm, [0xC3, 0x28]), AnyRead, Name) },
        { "VM with a byte order mark", Wire.Join(Wire.Block(Vm, [0xEF, 0xBB, 0xBF, 0x61]), AnyRead) },
        { "VM with half a surrogate pair", Wire.Join(Wire.Block(Vm, [0xED, 0xA0, 0x80]), AnyRead) },
        { "VM of another wire type", Wire.Join(Wire.Number(Vm, 5), AnyRead, Name) },
        { "access of another wire type", Wire.Join(Name, Wire.Fixed64(Accesses, 5), AnyRead) },
        { "unknown field of a batch", Wire.Join(Name, Unknown, AnyMemory) },
        { "unknown group in a batch", Wire.Join(Name, Wire.Group(9, Wire.Group(2), Unknown), AnyMemory) },
        { "unknown field after the last access", Wire.Join(Name, AnyMemory, Wire.Fixed32(9, 9)) },
        { "empty access", Batch(Wire.Block(Accesses)) },
        { "access of an unknown sort", Batch(One(60, Distributor)) },
        { "unknown field before the sort", Batch(Wire.Block(Accesses, Unknown, Wire.Block(Read, Distributor, Size))) },
        { "unknown field after the sort", Batch(Wire.Block(Accesses, Wire.Block(Read, Distributor, Size), Unknown)) },
        { "unknown field in a read", Batch(One(Read, Distributor, Size, Unknown)) },
        { "unknown group in a read", Batch(One(Read, Distributor, Size, Wire.Group(3, Unknown))) },
        { "fields of a write in a read", Batch(One(Read, Distributor, Size, Wire.Number(3, 5), Wire.Number(4, 5))) },
        { "value in a read of a system register", Batch(One(ReadSystemRegister, Mask, Wire.Number(3, 5))) },
        { "two sorts", Batch(Wire.Block(Accesses, Wire.Block(Read, Distributor, Size), Wire.Block(Write, Size))) },
        { "a sort in two parts", Batch(Wire.Block(Accesses, Wire.Block(Read, Distributor), Wire.Block(Read, Size))) },
        {
            "an access in two parts, which are two accesses",
            Batch(Wire.Join(Wire.Block(Accesses, Wire.Block(Read, Distributor)), Wire.Block(Accesses)))
        },
        { "a place in two parts", Batch(One(Read, Frame(Wire.Number(1, 3)), Frame(Wire.Number(3, 8)), Size)) },
        { "two sorts of place", Batch(One(Read, Frame(Wire.Number(1, 3)), Distributor, Size)) },
        { "two sorts of place in one", Batch(One(Read, Target(Wire.Number(1, 9), Wire.Block(2)), Size)) },
        { "no place", Batch(One(Read, Size)) },
        { "empty place", Batch(One(Read, Target(), Size)) },
        { "empty read", Batch(One(Read)) },
        { "empty write", Batch(One(Write)) },
        { "empty write of memory", Batch(One(WriteMemory)) },
        { "address 0", Batch(One(Read, Target(Wire.Number(1, 0)), Size)) },
        { "largest address", Batch(One(Read, Target(Wire.Number(1, ulong.MaxValue)), Size)) },
        { "defaults of a frame", Batch(One(Read, Frame(), Size)) },
        { "defaults written out", Batch(One(Read, Frame(Wire.Number(1, 0), Wire.Number(2, 0)), Size)) },
        { "negative frame", Batch(One(Read, Frame(Wire.Number(1, Minus1)), Size)) },
        { "frame of 33 bits", Batch(One(Read, Frame(Wire.Number(1, (1UL << 32) | 1)), Size)) },
        { "largest index", Batch(One(Read, Frame(Wire.Number(1, 2), Wire.Number(2, uint.MaxValue)), Size)) },
        { "index of 33 bits", Batch(One(Read, Frame(Wire.Number(1, 2), Wire.Number(2, (1UL << 32) | 1)), Size)) },
        { "largest offset", Batch(One(Read, Frame(Wire.Number(1, 2), Wire.Number(3, uint.MaxValue)), Size)) },
        { "size of 33 bits", Batch(One(Read, Distributor, Wire.Number(2, (1UL << 32) | 4))) },
        { "size before the place", Batch(One(Read, Size, Distributor)) },
        { "size twice", Batch(One(Read, Distributor, Size, Wire.Number(2, 8))) },
        { "no size", Batch(One(Read, Distributor)) },
        { "size 0", Batch(One(Read, Distributor, Wire.Number(2, 0))) },
        { "value that does not fit", Batch(One(Write, Distributor, Size, Wire.Number(3, 1UL << 32))) },
        { "largest value", Batch(One(Write, Distributor, Wire.Number(2, 8), Wire.Number(3, ulong.MaxValue))) },
        { "value twice", Batch(One(Write, Distributor, Size, Wire.Number(3, 1), Wire.Number(3, 2))) },
        { "device 0", Batch(One(Write, Distributor, Size, Wire.Number(4, 0))) },
        { "largest device", Batch(One(Write, Distributor, Size, Wire.Number(4, uint.MaxValue))) },
        { "device of 33 bits", Batch(One(Write, Distributor, Size, Wire.Number(4, (1UL << 32) | 6))) },
        { "device before the value", Batch(One(Write, Distributor, Size, Wire.Number(4, 1), Wire.Number(3, 2))) },
        { "numbers of ten bytes", Batch(One(Write, Distributor, Wire.Number(2, 4, 10), Wire.Number(3, 1, 10))) },
        { "number of eleven bytes", Batch(One(Write, Distributor, Wire.Number(2, 4, 11))) },
        { "tag of ten bytes", Batch(One(Read, Distributor, Wire.Varint(2 << 3, 10), Wire.Varint(4))) },
        { "tag of 33 bits", Batch(One(Read, Distributor, Wire.Varint((1UL << 32) | (2 << 3)), Wire.Varint(4))) },
        { "tag 0", Batch(One(Read, Distributor, Wire.Varint(0), Wire.Varint(4))) },
        { "end of no group", Batch(One(Read, Distributor, Wire.Tag(2, 4))) },
        { "wire type 6", Batch(One(Read, Distributor, Wire.Tag(2, 6))) },
        { "no vCPU", Batch(One(ReadSystemRegister, Mask)) },
        { "vCPU 0", Batch(One(ReadSystemRegister, Wire.Number(1, 0), Mask)) },
        { "largest vCPU", Batch(One(ReadSystemRegister, Wire.Number(1, uint.MaxValue), Mask)) },
        { "vCPU of 33 bits", Batch(One(ReadSystemRegister, Wire.Number(1, (1UL << 32) | 1), Mask)) },
        { "vCPU after the register", Batch(One(ReadSystemRegister, Mask, Wire.Number(1, 1))) },
        { "encoding 0", Batch(One(WriteSystemRegister, Encoding(0), Wire.Number(3, 5))) },
        { "encoding of 33 bits", Batch(One(WriteSystemRegister, Encoding((1UL << 32) | 0xC230), Wire.Number(3, 5))) },
        { "empty register", Batch(One(WriteSystemRegister, Wire.Block(2), Wire.Number(3, 5))) },
        { "no register", Batch(One(WriteSystemRegister, Wire.Number(1, 1), Wire.Number(3, 5))) },
        { "name after the encoding", Batch(One(ReadSystemRegister, Mask, Wire.Block(2, Wire.Text(2, "x")))) },
        { "memory at address 0", Batch(One(WriteMemory, Wire.Text(2, "abc"))) },
        { "memory without data", Batch(One(WriteMemory, Wire.Number(1, 0x4000_0000))) },
        { "memory of 0 bytes", Batch(One(WriteMemory, Wire.Number(1, 0x4000_0000), Wire.Block(2))) },
        { "data before the address", Batch(One(WriteMemory, Wire.Text(2, "abc"), Wire.Number(1, 0x4000_0000))) },
        { "data twice", Batch(One(WriteMemory, Wire.Number(1, 1), Wire.Text(2, "abc"), Wire.Text(2, "de"))) },
        { "unknown field after the data", Batch(One(WriteMemory, Wire.Number(1, 1), Wire.Text(2, "abc"), Unknown)) },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Form_is_read_as_by_the_generated_parser(string form, byte[] message)
    {
        Assert.NotEmpty(form);
        BatchReading.InBothWays(message);
    }

    [Theory]
    [InlineData(1, 0, 500)]
    [InlineData(2, 0.003, 1000)]
    [InlineData(3, 0.02, 1500)]
    [InlineData(4, 0.15, 1000)]
    public void Random_batch_is_read_as_by_the_generated_parser(int seed, double oddity, int batchCount)
    {
        var batches = new RandomBatches(seed, oddity);
        var readings = Enumerable.Range(0, batchCount)
            .Select(_ => BatchReading.InBothWays(batches.Next()))
            .ToArray();

        // Neither way of reading may be out of use, nor all batches be refused.
        Assert.InRange(readings.Count(reading => reading.IsPlanned), batchCount / 50, batchCount);
        Assert.InRange(readings.Sum(reading => reading.ReadInPlaceCount), batchCount / 4, int.MaxValue);
        Assert.True(oddity != 0 || readings.All(reading => !reading.IsMalformed), "an encoder wrote no message");
    }

    [Fact]
    public void Data_over_the_limit_is_refused_where_it_lies()
    {
        var most = Wire.Block(2, new byte[1 << 20]);
        var tooMuch = Wire.Block(2, new byte[(1 << 20) + 1]);

        Assert.True(BatchReading.InBothWays(Batch(One(WriteMemory, Wire.Number(1, 1), most))).IsPlanned);
        Assert.False(BatchReading.InBothWays(Batch(One(WriteMemory, Wire.Number(1, 1), tooMuch))).IsPlanned);
    }

    [Fact]
    public void Batch_is_read_the_same_in_however_many_pieces_it_comes()
    {
        byte[] message =
        [
            .. Name,
            .. One(Write, Target(Wire.Number(1, GuestMap.Doorbell())), Size, Wire.Number(3, 300), Wire.Number(4, 5)),
            .. One(ReadSystemRegister, Wire.Number(1, 1), Mask),
            .. One(Read, Target(Wire.Block(3, Wire.Text(1, "GITS_TYPER")))),
            .. AnyMemory,
        ];
        var whole = BatchReading.InBothWays(message);
        Assert.True(whole.IsPlanned, whole.ToString());

        for (var end = 0; end <= message.Length; end++)
        {
            BatchReading.InPlace(ReceivedMessage.InPieces(message, end)).AssertSame(whole, () => $"two pieces, {end}");
        }

        BatchReading.InPlace(ReceivedMessage.InPieces(message, Enumerable.Range(0, message.Length)))
            .AssertSame(whole, () => "single bytes");
        byte[] odd = [.. message, .. Unknown];
        BatchReading.InPlace(ReceivedMessage.InPieces(odd, Enumerable.Range(0, odd.Length)))
            .AssertSame(whole, () => "single bytes, and a field that is not known");
    }

    private static byte[] Batch(byte[] access) => Wire.Join(Name, access);

    private static byte[] One(int sort, params byte[][] fields) => Wire.Block(Accesses, Wire.Block(sort, fields));

    private static byte[] Target(params byte[][] place) => Wire.Block(1, place);

    private static byte[] Frame(params byte[][] fields) => Target(Wire.Block(2, fields));

    private static byte[] Encoding(ulong encoding) => Wire.Block(2, Wire.Number(1, encoding));
}
