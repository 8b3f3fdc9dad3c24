using System.Text;
using Google.Protobuf.Reflection;
using ItsService.Core.CpuInterface;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;

namespace ItsService.Server.Tests.Batches;

/// <summary>Encoded BatchRequests, most accesses of which a VM as in <see cref="GuestMap"/> could make.</summary>
internal sealed class RandomBatches
{
    private static readonly string[] Registers = ["GITS_CBASER", "gicr_ctlr", "GICD_TYPER", "GITS_CTRL", ""];
    private static readonly string[] SystemRegisters = ["ICC_PMR_EL1", "icc_iar1_el1", "ICC_XXX_EL1"];

    private readonly Random _random;
    private readonly RandomWire _wire;

    public RandomBatches(int seed, double oddity)
    {
        _random = new Random(seed);
        _wire = new RandomWire(_random, oddity, NumberOf, BytesOf);
    }

    public byte[] Next() => _wire.Message(BatchRequest.Descriptor);

    private ulong? NumberOf(FieldDescriptor field) => field.Name switch
    {
        // Now and then nothing is right.
        _ when _random.Next(60) == 0 => null,
        "frame" => (ulong)_random.Next(1, 4),
        "address" => Address(),
        "offset" => (ulong)_random.Next(0x1000) * 8,
        "size_bytes" => 1UL << _random.Next(4),
        "index" or "vcpu" => (ulong)_random.Next(2),
        "value" when _random.Next(4) != 0 => (ulong)_random.Next(0x100),
        "length_bytes" => (ulong)_random.Next(1, 0x10_0000),
        "encoding" => (ulong)(_random.Next(2) == 0 ? SystemRegister.IccIar1 : SystemRegister.IccPmr),
        _ => null,
    };

    private ulong Address() => _random.Next(4) switch
    {
        0 => GuestMap.DistributorBase + (ulong)_random.Next(0x1_0000),
        1 => GuestMap.ItsBase + (ulong)_random.Next(0x2_0000),
        2 => GuestMap.RedistributorBase + (ulong)_random.Next(0x4_0000),
        _ => GuestMap.Doorbell(),
    };

    private byte[]? BytesOf(FieldDescriptor field) => field.Name switch
    {
        "vm" => Encoding.UTF8.GetBytes("vms/ü"),
        "name" when field.ContainingType.Name == nameof(NamedRegister) =>
            Encoding.UTF8.GetBytes(_random.GetItems(Registers, 1)[0]),
        "name" => Encoding.UTF8.GetBytes(_random.GetItems(SystemRegisters, 1)[0]),
        _ => null,
    };
}
