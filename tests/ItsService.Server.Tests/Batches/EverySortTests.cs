using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Batches;

/// <summary>Accesses of every sort, whose registers have addresses, offsets and encodings in place of names.</summary>
public class EverySortTests
{
    private const uint Device = 9;
    private const uint Lpi = 8200;
    private const uint Pmr = 0xC230;
    private const uint Iar1 = 0xC660;
    private const uint Eoir1 = 0xC661;

    [Fact]
    public async Task Every_sort_of_access_is_made_in_its_place()
    {
        await using var server = await TestServer.StartAsync();

        var response = await SendAsync(server.Tcp, "plain", request => request.ToByteArray());

        Assert.Equal(
            [
                new AccessResult { Value = 0x1EF71 },
                new AccessResult { Value = 0x4B00_043B },
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Data = ByteString.CopyFromUtf8("\0bytes\0") },
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Value = 0xE0 },
                Pended(Lpi),
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Value = Lpi },
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Value = 1023 },
                Pended(Lpi + 1),
            ],
            response.Results);
        Assert.Equal((0u, true), Assert.Single(response.ChangedLines.Select(line => (line.Vcpu, line.IrqAsserted))));
    }

    [Fact]
    public async Task Same_batch_in_other_forms_has_the_same_answer()
    {
        await using var server = await TestServer.StartAsync();
        var plain = await SendAsync(server.Tcp, "plain", request => request.ToByteArray());

        // Unknown fields around and in the accesses, and the VM's name in the end.
        var extended = await SendAsync(server.Tcp, "extended", request =>
        [
            .. Wire.Group(12, Wire.Number(1, 1)),
            .. request.Accesses.SelectMany(access => Wire.Block(
                2, Wire.Fixed32(50, 5), access.ToByteArray(), Wire.Text(51, "unknown"))),
            .. Wire.Text(1, "vms/somebody"),
            .. Wire.Text(1, request.Vm),
        ]);

        Assert.Equal(plain, extended);
    }

    private static async Task<BatchResponse> SendAsync(Api api, string id, Func<BatchRequest, byte[]> encode)
    {
        var guest = await Guest.BootAsync(api, id);
        await guest.MapDeviceAsync(Device, eventCount: 2, firstLpi: Lpi);
        return await api.BatchAsync(encode(new BatchRequest { Vm = guest.Name, Accesses = { Accesses() } }));
    }

    private static Access[] Accesses() =>
    [
        Read(Guest.At(GuestMap.ItsBase + 8), 8),
        Read(InFrame(Frame.Gits, 0, 4), 4),
        new()
        {
            WriteMemory = new WriteMemoryAccess
            {
                Address = GuestMap.DataArea + 1, Data = ByteString.CopyFromUtf8("bytes"),
            },
        },
        new() { ReadMemory = new ReadMemoryAccess { Address = GuestMap.DataArea, LengthBytes = 7 } },
        WriteSystem(1, Pmr, 0xE0),
        ReadSystem(1, Pmr),
        Write(Guest.At(GuestMap.Doorbell()), 0, Device),
        Write(InFrame(Frame.Gits, 0, (uint)GuestMap.TranslaterOffset), 1, device: null),
        ReadSystem(0, Iar1),
        WriteSystem(0, Eoir1, Lpi),
        ReadSystem(0, Iar1),
        Write(InFrame(Frame.Gits, 0, (uint)GuestMap.TranslaterOffset), 1, Device),
    ];

    private static AccessResult Pended(uint lpi) => new()
    {
        Done = new WriteDone
        {
            Msi = new SignalMsiResult { Outcome = MsiOutcome.Pended, KvmReturn = 1, IntId = lpi, Vcpu = 0 },
        },
    };

    private static RegisterTarget InFrame(Frame frame, uint index, uint offset) =>
        new() { FrameOffset = new FrameOffset { Frame = frame, Index = index, Offset = offset } };

    private static Access Read(RegisterTarget target, uint sizeBytes) =>
        new() { Read = new ReadAccess { Target = target, SizeBytes = sizeBytes } };

    private static Access Write(RegisterTarget target, ulong value, uint? device)
    {
        var write = new WriteAccess { Target = target, SizeBytes = 4, Value = value };
        if (device is { } id)
        {
            write.DeviceId = id;
        }

        return new Access { Write = write };
    }

    private static Access ReadSystem(uint vcpu, uint encoding) => new()
    {
        ReadSystemRegister = new ReadSystemRegisterAccess
        {
            Vcpu = vcpu,
            Target = new SystemRegisterTarget { Encoding = encoding },
        },
    };

    private static Access WriteSystem(uint vcpu, uint encoding, ulong value) => new()
    {
        WriteSystemRegister = new WriteSystemRegisterAccess
        {
            Vcpu = vcpu,
            Target = new SystemRegisterTarget { Encoding = encoding },
            Value = value,
        },
    };
}
