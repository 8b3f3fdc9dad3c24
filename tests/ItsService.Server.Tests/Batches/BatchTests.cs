using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Batches;

public class BatchTests
{
    private const uint Device = 4;
    private const uint Lpi = 8300;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Batch_answers_each_access_in_its_place(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server[transport], "batch");

        var response = await BatchAsync(
            guest,
            ReadRegister("GITS_TYPER"),
            WriteMemory(GuestMap.DataArea, "one"),
            ReadMemory(GuestMap.DataArea, 3),
            WriteMemory(GuestMap.DataArea + 1, "**"),
            ReadMemory(GuestMap.DataArea, 4),
            WriteRegister("GICR_PENDBASER", GuestMap.PendingTable(1), index: 1),
            ReadRegister("GICR_PENDBASER", index: 1),
            WriteSystemRegister(1, "ICC_PMR_EL1", 0x50),
            ReadSystemRegister(1, "ICC_PMR_EL1"),
            ReadSystemRegister(0, "ICC_PMR_EL1"));

        Assert.Equal(
            [
                new AccessResult { Value = 0x1EF71 },
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Data = ByteString.CopyFromUtf8("one") },
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Data = ByteString.CopyFromUtf8("o**\0") },
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Value = await guest.ReadAsync("GICR_PENDBASER", index: 1) },
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Value = 0x50 },
                new AccessResult { Value = 0 },
            ],
            response.Results);
        Assert.Empty(response.ChangedLines);
    }

    [Fact]
    public async Task Writes_of_a_batch_run_commands_within_one_limit_and_the_rest_afterwards()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.InlineCommandsMax = 100;
            options.Limits.BatchCommandsMax = 150;
        });
        var guest = await Guest.CreateAsync(server.Tcp, "bounded");
        await guest.SetUpItsAsync();
        var end = await guest.PlaceAsync([.. Enumerable.Repeat(ItsCommand.Sync(0), 500)]);

        var response = await BatchAsync(
            guest,
            WriteRegister("GITS_CWRITER", end),
            ReadRegister("GITS_CREADR"),
            WriteRegister("GITS_CWRITER", end),
            ReadRegister("GITS_CREADR"),
            WriteRegister("GITS_CWRITER", end),
            ReadRegister("GITS_CREADR"));

        Assert.Equal(
            [100 * 0x20UL, 150 * 0x20, 150 * 0x20],
            response.Results.Where(result => result.Done is null).Select(result => result.Value));
        await guest.UntilQueueIsEmptyAsync(end);
    }

    [Fact]
    public async Task Empty_batch_does_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "empty");

        Assert.Equal(new BatchResponse(), await BatchAsync(guest));
    }

    [Fact]
    public async Task Batch_places_commands_and_runs_them_before_its_next_access()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "commands");
        var queued = await guest.ReadAsync("GITS_CWRITER");
        ItsCommand[] commands =
        [
            ItsCommand.MapDevice(Device, 8, GuestMap.TranslationTable(0, Device)),
            ItsCommand.MapEvent(Device, 0, Lpi, collection: 1),
            ItsCommand.Sync(1),
        ];
        var writeOffset = queued + ((ulong)commands.Length * ItsCommand.SizeBytes);

        var response = await BatchAsync(
            guest,
            new Access
            {
                WriteMemory = new WriteMemoryAccess
                {
                    Address = GuestMap.Queue(0) + queued,
                    Data = GuestMap.Doublewords(commands.SelectMany(command => command.Doublewords)),
                },
            },
            WriteRegister("GITS_CWRITER", writeOffset),
            ReadRegister("GITS_CREADR"),
            Message(Device, 0),
            Message(Device, 0),
            Message(Device, 1),
            ReadSystemRegister(1, "ICC_HPPIR1_EL1"));

        Assert.Equal(writeOffset, response.Results[2].Value);
        Assert.Equal(
            [MsiOutcome.Pended, MsiOutcome.Coalesced, MsiOutcome.DroppedEventUnmapped],
            response.Results.Skip(3).Take(3).Select(result => result.Done.Msi.Outcome));
        Assert.Equal(Lpi, response.Results[6].Value);
        Assert.Equal((1u, true), Assert.Single(response.ChangedLines.Select(line => (line.Vcpu, line.IrqAsserted))));
    }

    [Fact]
    public async Task Line_that_went_up_and_down_inside_a_batch_is_not_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootWithTwoTargetsAsync(server.Tcp);
        var before = (await guest.DescribeAsync()).Lines;

        var response = await BatchAsync(
            guest,
            Message(Device, 0),
            ReadSystemRegister(0, "ICC_IAR1_EL1"),
            WriteSystemRegister(0, "ICC_EOIR1_EL1", Lpi),
            Message(Device, 1));

        Assert.Equal(Lpi, response.Results[1].Value);
        var after = (await guest.DescribeAsync()).Lines;
        Assert.Equal(after[1], Assert.Single(response.ChangedLines));
        Assert.True(after[1].IrqAsserted);
        Assert.False(after[0].IrqAsserted);
        Assert.True(after[0].Generation >= before[0].Generation, "generations never fall");
    }

    [Fact]
    public async Task Batch_is_one_entry_that_no_other_call_comes_between()
    {
        const int Rounds = 150;
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "alone");
        var mask = await guest.ReadAsync("GICR_PENDBASER");

        var writers = Enumerable.Range(1, 4).Select(writer => Task.Run(async () =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var mark = ByteString.CopyFrom((byte)writer, (byte)round);
                var pendingTable = GuestMap.PendingTable((uint)writer);
                var response = await BatchAsync(
                    guest,
                    WriteMemory(GuestMap.DataArea, mark),
                    WriteRegister("GICR_PENDBASER", pendingTable),
                    WriteSystemRegister(0, "ICC_BPR1_EL1", (ulong)(writer + 3)),
                    ReadMemory(GuestMap.DataArea, 2),
                    ReadRegister("GICR_PENDBASER"),
                    ReadSystemRegister(0, "ICC_BPR1_EL1"));
                Assert.Equal(mark, response.Results[3].Data);
                Assert.Equal(pendingTable | mask, response.Results[4].Value | mask);
                Assert.Equal((ulong)(writer + 3), response.Results[5].Value);
            }
        }, TestContext.Current.CancellationToken));

        await Task.WhenAll(writers).WithinLimit();
    }

    [Fact]
    public async Task Batch_of_the_most_accesses_is_served()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "largest");
        var limits = (await guest.Api.GetServerInfoAsync()).Limits;
        var accesses = Enumerable.Repeat(ReadRegister("GITS_IIDR"), (int)limits.BatchAccessesMax).ToArray();

        var response = await BatchAsync(guest, accesses);

        Assert.Equal(accesses.Length, response.Results.Count);
        Assert.All(response.Results, result => Assert.Equal(0x4B00_043Bu, result.Value));
    }

    private static async Task<Guest> BootWithTwoTargetsAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "targets");
        await guest.RunAsync(
            ItsCommand.MapDevice(Device, 8, GuestMap.TranslationTable(0, Device)),
            ItsCommand.MapEvent(Device, 0, Lpi, collection: 0),
            ItsCommand.MapEvent(Device, 1, Lpi + 1, collection: 1));
        return guest;
    }

    private static Task<BatchResponse> BatchAsync(Guest guest, params Access[] accesses) =>
        guest.Api.BatchAsync(new BatchRequest { Vm = guest.Name, Accesses = { accesses } });

    private static Access ReadRegister(string register, uint index = 0) =>
        new() { Read = new ReadAccess { Target = Guest.Register(register, index) } };

    private static Access WriteRegister(string register, ulong value, uint index = 0) =>
        new() { Write = new WriteAccess { Target = Guest.Register(register, index), Value = value } };

    private static Access Message(uint device, uint eventId) => new()
    {
        Write = new WriteAccess
        {
            Target = Guest.Register("GITS_TRANSLATER"),
            Value = eventId,
            DeviceId = device,
        },
    };

    private static Access ReadSystemRegister(uint vcpu, string register) => new()
    {
        ReadSystemRegister = new ReadSystemRegisterAccess { Vcpu = vcpu, Target = Guest.SystemRegister(register) },
    };

    private static Access WriteSystemRegister(uint vcpu, string register, ulong value) => new()
    {
        WriteSystemRegister = new WriteSystemRegisterAccess
        {
            Vcpu = vcpu,
            Target = Guest.SystemRegister(register),
            Value = value,
        },
    };

    private static Access ReadMemory(ulong address, uint lengthBytes) =>
        new() { ReadMemory = new ReadMemoryAccess { Address = address, LengthBytes = lengthBytes } };

    private static Access WriteMemory(ulong address, string text) =>
        WriteMemory(address, ByteString.CopyFromUtf8(text));

    private static Access WriteMemory(ulong address, ByteString data) =>
        new() { WriteMemory = new WriteMemoryAccess { Address = address, Data = data } };
}
