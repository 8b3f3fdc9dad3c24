using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Guests;

/// <summary>
/// A VM as its guest and its devices use it, over one connection: registers by name, commands through the queue in
/// guest memory, MSIs, acknowledge and end of interrupt.
/// </summary>
internal sealed class Guest(Api api, string name)
{
    private readonly Dictionary<uint, ulong> _writeOffsets = [];
    private readonly Dictionary<uint, ulong> _queueSizesBytes = [];

    public Api Api => api;

    /// <summary>"vms/{vm}".</summary>
    public string Name => name;

    public static async Task<Guest> CreateAsync(Api api, string id, VmSpec? spec = null)
    {
        var vm = await api.CreateVmAsync(id, spec ?? GuestMap.Spec());
        return new Guest(api, vm.Name);
    }

    /// <summary>A VM whose LPIs, ITSs and CPU interfaces the guest has set up; no device is mapped.</summary>
    public static async Task<Guest> BootAsync(
        Api api, string id, int vcpuCount = 2, int itsCount = 1, uint queuePages = 16)
    {
        var guest = await CreateAsync(api, id, GuestMap.Spec(vcpuCount, itsCount));
        await guest.SetUpLpisAsync((uint)vcpuCount);
        for (var its = 0u; its < itsCount; its++)
        {
            await guest.SetUpItsAsync(its, queuePages);
            var map = Enumerable.Range(0, vcpuCount).SelectMany(vcpu => new[]
            {
                ItsCommand.MapCollection((uint)vcpu, (uint)vcpu), ItsCommand.Sync((uint)vcpu),
            });
            await guest.RunAsync([.. map], its);
        }

        return guest;
    }

    /// <summary>A VM whose ITS is set up and whose redistributors are not, which takes next to no memory.</summary>
    public static async Task<Guest> BootWithoutLpisAsync(Api api, string id)
    {
        var guest = await CreateAsync(api, id);
        await guest.SetUpItsAsync();
        return guest;
    }

    /// <summary>The same VM over another connection. Commands are for one of the two only.</summary>
    public Guest Over(Api other) => new(other, name);

    public async Task<ulong> ReadAsync(string register, uint index = 0, uint sizeBytes = 0)
    {
        var response = await api.ReadAsync(new ReadRegisterRequest
        {
            Vm = name,
            Target = Register(register, index),
            SizeBytes = sizeBytes,
        });
        return response.Value;
    }

    public Task<WriteRegisterResponse> WriteAsync(string register, ulong value, uint index = 0, uint sizeBytes = 0) =>
        api.WriteAsync(new WriteRegisterRequest
        {
            Vm = name,
            Target = Register(register, index),
            SizeBytes = sizeBytes,
            Value = value,
        });

    public Task<ReadSystemRegisterResponse> ReadSystemAsync(uint vcpu, string register) =>
        api.ReadSystemRegisterAsync(new ReadSystemRegisterRequest
        {
            Vm = name,
            Vcpu = vcpu,
            Target = SystemRegister(register),
        });

    public Task<WriteSystemRegisterResponse> WriteSystemAsync(uint vcpu, string register, ulong value) =>
        api.WriteSystemRegisterAsync(new WriteSystemRegisterRequest
        {
            Vm = name,
            Vcpu = vcpu,
            Target = SystemRegister(register),
            Value = value,
        });

    /// <summary>Reads ICC_IAR1_EL1; 1023 when there is nothing to take.</summary>
    public async Task<uint> AcknowledgeAsync(uint vcpu) => (uint)(await ReadSystemAsync(vcpu, "ICC_IAR1_EL1")).Value;

    public Task<WriteSystemRegisterResponse> EndAsync(uint vcpu, uint intId) =>
        WriteSystemAsync(vcpu, "ICC_EOIR1_EL1", intId);

    public Task<SignalMsiResponse> SignalAsync(uint device, uint eventId, uint its = 0) =>
        api.SignalMsiAsync(Message(device, eventId, its));

    public SignalMsiRequest Message(uint device, uint eventId, uint its = 0) => new()
    {
        Vm = name,
        Its = new ItsMsi { Its = its, DeviceId = device, EventId = eventId },
    };

    /// <summary>Lines of devices, in order and at one moment.</summary>
    public Task<SetLevelsResponse> SetLevelsAsync(params ReadOnlySpan<LineLevel> levels) =>
        api.SetLevelsAsync(new SetLevelsRequest { Vm = name, Levels = { levels.ToArray() } });

    public Task<SubmitResponse> SubmitAsync(params IEnumerable<SubmittedCommand> commands) =>
        api.SubmitAsync(Submission(commands));

    public SubmitRequest Submission(IEnumerable<SubmittedCommand> commands, uint its = 0) =>
        new() { Vm = name, Its = its, Commands = { commands } };

    public async Task<ByteString> ReadMemoryAsync(ulong address, ulong lengthBytes)
    {
        var response = await api.ReadMemoryAsync(new ReadMemoryRequest
        {
            Vm = name,
            Address = address,
            LengthBytes = lengthBytes,
        });
        return response.Data;
    }

    public Task<WriteMemoryResponse> WriteMemoryAsync(ulong address, ByteString data) =>
        api.WriteMemoryAsync(new WriteMemoryRequest { Vm = name, Address = address, Data = data });

    public Task<Vm> DescribeAsync() => api.GetVmAsync(name);

    public Task<IReadOnlyList<TableEntry>> DumpAsync() => api.DumpTablesAsync(new DumpTablesRequest { Vm = name });

    /// <summary>Enables and gives a priority to LPIs in the configuration table; an INV makes it known.</summary>
    public Task ConfigureLpiAsync(uint lpi, byte priority = 0xA0, bool enabled = true) =>
        WriteMemoryAsync(
            GuestMap.ConfigurationTable + lpi - 8192,
            ByteString.CopyFrom((byte)(priority | (enabled ? 1 : 0))));

    /// <summary>Every LPI enabled at one priority in the table; redistributors and CPU interfaces on.</summary>
    public async Task SetUpLpisAsync(uint vcpuCount, int intIdBits = 16)
    {
        var configurations = new byte[(1 << 16) - 8192];
        Array.Fill(configurations, (byte)0xA1);
        await WriteMemoryAsync(GuestMap.ConfigurationTable, ByteString.CopyFrom(configurations));
        await WriteAsync("GICD_CTLR", 0b10);
        for (var vcpu = 0u; vcpu < vcpuCount; vcpu++)
        {
            await WriteAsync("GICR_PROPBASER", GuestMap.ConfigurationTable | (ulong)(intIdBits - 1), vcpu);
            await WriteAsync("GICR_PENDBASER", GuestMap.PendingTable(vcpu), vcpu);
            await WriteAsync("GICR_CTLR", 1, vcpu);
            await WriteSystemAsync(vcpu, "ICC_PMR_EL1", 0xF0);
            await WriteSystemAsync(vcpu, "ICC_IGRPEN1_EL1", 1);
        }
    }

    /// <summary>Tables, queue and GITS_CTLR.Enabled of one ITS.</summary>
    public async Task SetUpItsAsync(uint its = 0, uint queuePages = 16, bool twoLevelDevices = false)
    {
        const ulong Valid = 1UL << 63;
        const ulong Indirect = 1UL << 62;
        const ulong Pages64Kib = 2UL << 8;
        await WriteAsync(
            "GITS_BASER0",
            Valid | GuestMap.DeviceTable(its) | Pages64Kib | (twoLevelDevices ? Indirect : 7),
            its);
        await WriteAsync("GITS_BASER1", Valid | GuestMap.CollectionTable(its) | Pages64Kib, its);
        await WriteAsync("GITS_CBASER", Valid | GuestMap.Queue(its) | (queuePages - 1), its);
        await WriteAsync("GITS_CWRITER", 0, its);
        await WriteAsync("GITS_CTLR", 1, its);
        _writeOffsets[its] = 0;
        _queueSizesBytes[its] = queuePages * 4096;
    }

    public Task RunAsync(params ItsCommand[] commands) => RunAsync(commands, its: 0);

    /// <summary>Puts commands into the queue, moves GITS_CWRITER and waits until they are done.</summary>
    public async Task RunAsync(IReadOnlyCollection<ItsCommand> commands, uint its)
    {
        var writeOffset = await PlaceAsync(commands, its);
        await WriteAsync("GITS_CWRITER", writeOffset, its);
        await UntilQueueIsEmptyAsync(writeOffset, its);
    }

    /// <summary>Puts commands into the queue and tells the GITS_CWRITER that covers them.</summary>
    public async Task<ulong> PlaceAsync(IReadOnlyCollection<ItsCommand> commands, uint its = 0)
    {
        const int CommandsPerWrite = 1024;
        foreach (var chunk in commands.Chunk(CommandsPerWrite))
        {
            var untilEnd = (int)((_queueSizesBytes[its] - _writeOffsets[its]) / ItsCommand.SizeBytes);
            await PlaceContiguousAsync(chunk.Take(untilEnd), its);
            await PlaceContiguousAsync(chunk.Skip(untilEnd), its);
        }

        return _writeOffsets[its];
    }

    public async Task UntilQueueIsEmptyAsync(ulong writeOffset, uint its = 0)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (await ReadAsync("GITS_CREADR", its) != writeOffset)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit,
                "GITS_CREADR does not reach GITS_CWRITER");
        }
    }

    /// <summary>Maps a device with consecutive LPIs to one collection, event by event from 0.</summary>
    public Task MapDeviceAsync(uint device, uint eventCount, uint firstLpi, uint collection = 0, uint its = 0)
    {
        List<ItsCommand> commands = [ItsCommand.MapDevice(device, 12, GuestMap.TranslationTable(its, device))];
        for (var eventId = 0u; eventId < eventCount; eventId++)
        {
            commands.Add(ItsCommand.MapEvent(device, eventId, firstLpi + eventId, collection));
            commands.Add(ItsCommand.Invalidate(device, eventId));
        }

        commands.Add(ItsCommand.Sync(collection));
        return RunAsync(commands, its);
    }

    public static RegisterTarget Register(string register, uint index = 0) =>
        new() { Named = new NamedRegister { Name = register, Index = index } };

    public static RegisterTarget At(ulong address) => new() { Address = address };

    public static SystemRegisterTarget SystemRegister(string register) => new() { Name = register };

    private async Task PlaceContiguousAsync(IEnumerable<ItsCommand> commands, uint its)
    {
        var data = GuestMap.Doublewords(commands.SelectMany(command => command.Doublewords));
        if (data.IsEmpty)
        {
            return;
        }

        await WriteMemoryAsync(GuestMap.Queue(its) + _writeOffsets[its], data);
        _writeOffsets[its] = (_writeOffsets[its] + (ulong)data.Length) % _queueSizesBytes[its];
    }
}
