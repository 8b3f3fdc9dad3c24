using System.Buffers.Binary;
using ItsService.Core.Commands;
using ItsService.Core.CpuInterface;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Support;

/// <summary>
/// A tiny driver: it owns RAM, writes commands into a queue, moves CWRITER, and takes interrupts. <see cref="Started"/>
/// is the standard set-up S0 of the conformance cases.
/// </summary>
internal sealed class Guest
{
    public const ulong Valid = 1UL << 63;
    public const ulong Indirect = 1UL << 62;
    public const ulong Pages64K = 2UL << 8;
    public const byte EnabledAtA0 = 0xA3;
    public const byte DisabledAtA0 = 0xA2;

    private const int StandardQueuePages = 16;
    private const int LargestQueue = 256 * 4096 / GuestCommand.SizeBytes;

    /// <param name="options">What it differs in from the standard one.</param>
    /// <param name="ram">The RAM of another guest, which moves here; its own where there is none.</param>
    public Guest(GuestOptions? options = null, SparseGuestMemory? ram = null)
    {
        Options = options ?? new GuestOptions();
        Ram = ram ?? new SparseGuestMemory(
        [
            new MemoryRegion(new GuestRange(new GuestAddress(Places.Ram), Places.RamBytes)),
            new MemoryRegion(new GuestRange(new GuestAddress(Places.HighRam), Places.RamBytes)),
            new MemoryRegion(new GuestRange(new GuestAddress(Places.Rom), Places.RomBytes), IsReadOnly: true),
        ]);
        Memory = new FaultInjectingGuestMemory(Ram);
        Accesses = new RecordingGuestMemory(Memory);
        Gic = new VirtualGic(Configuration(Options), Options.ReachesRamDirectly ? Ram : Accesses);
    }

    public GuestOptions Options { get; }

    public SparseGuestMemory Ram { get; }

    public FaultInjectingGuestMemory Memory { get; }

    public RecordingGuestMemory Accesses { get; }

    public VirtualGic Gic { get; }

    public RegisterPort Gicd => new(Gic, FrameKind.Gicd, 0);

    /// <summary>S0: everything enabled, RAM zeroed but for the configuration table, nothing mapped.</summary>
    public static Guest Started(GuestOptions? options = null)
    {
        var guest = new Guest(options);
        guest.StartRedistributors();
        for (var its = 0; its < guest.Options.ItsCount; its++)
        {
            guest.PlaceTables(its);
            guest.Gits(its).Write32(GitsOffset.Ctlr, 1);
        }

        return guest;
    }

    /// <summary>S0 with these LPIs pending on vCPU 0, mapped by device 0 to the event of the same number.</summary>
    public static Guest WithPending(params (uint Lpi, byte Configuration)[] pending)
    {
        var guest = Started();
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        foreach (var (lpi, configuration) in pending)
        {
            guest.Configure(lpi, configuration);
            guest.Run(GuestCommand.Mapti(0, lpi, lpi, 0), GuestCommand.Int(0, lpi));
        }

        Assert.Empty(guest.TakeErrors());
        return guest;
    }

    public RegisterPort Gits(int its = 0) => new(Gic, FrameKind.Gits, its);

    public RegisterPort Gicr(int vcpu) => new(Gic, FrameKind.Gicr, vcpu);

    public CpuPort Cpu(int vcpu) => new(Gic, vcpu);

    public void StartRedistributors()
    {
        Fill(Places.ConfigurationTable, 0xE000, EnabledAtA0);
        Gicd.Write32(0, 2);
        for (var vcpu = 0; vcpu < Options.VcpuCount; vcpu++)
        {
            Gicr(vcpu).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 15);
            Gicr(vcpu).Write64(GicrOffset.Pendbaser, Places.PendingTable(vcpu));
            Gicr(vcpu).Write32(GicrOffset.Ctlr, 1);
            Cpu(vcpu).Write(SystemRegister.IccIgrpen1, 1);
            Cpu(vcpu).Unmask();
        }
    }

    /// <summary>BASER0, BASER1 and CBASER of S0, the ITS still disabled.</summary>
    public void PlaceTables(int its = 0, int queuePages = StandardQueuePages)
    {
        Gits(its).Write64(GitsOffset.Baser0, Valid | Places.DeviceTable(its) | Pages64K);
        Gits(its).Write64(GitsOffset.Baser1, Valid | Places.CollectionTable(its) | Pages64K);
        PlaceQueue(its, queuePages);
    }

    public void PlaceQueue(int its, int queuePages)
    {
        PlaceQueueKeepingCwriter(queuePages, its);
        Gits(its).Write64(GitsOffset.Cwriter, 0);
    }

    public void PlaceQueueKeepingCwriter(int queuePages, int its = 0) =>
        Gits(its).Write64(GitsOffset.Cbaser, Valid | Places.Queue(its) | (uint)(queuePages - 1));

    public void Disable(int its = 0) => Gits(its).Write32(GitsOffset.Ctlr, 0);

    public void Enable(int its = 0) => Gits(its).Write32(GitsOffset.Ctlr, 1);

    public ulong Creadr(int its = 0) => Gits(its).Read64(GitsOffset.Creadr);

    public ulong Cwriter(int its = 0) => Gits(its).Read64(GitsOffset.Cwriter);

    /// <summary>
    /// Writes the commands after those already queued and returns the CWRITER that would publish them.
    /// </summary>
    public ulong Queue(int its, params ReadOnlySpan<GuestCommand> commands)
    {
        var registers = Gits(its);
        var queueBytes = ((registers.Read64(GitsOffset.Cbaser) & 0xFF) + 1) * 4096;
        var queueBase = registers.Read64(GitsOffset.Cbaser) & 0x000F_FFFF_FFFF_0000;
        var offset = registers.Read64(GitsOffset.Cwriter);
        foreach (var command in commands)
        {
            WriteCommand(queueBase + offset, command);
            offset = (offset + GuestCommand.SizeBytes) % queueBytes;
        }

        return offset;
    }

    public void WriteCommand(ulong address, GuestCommand command)
    {
        Write64(address, command.Dw0);
        Write64(address + 8, command.Dw1);
        Write64(address + 16, command.Dw2);
        Write64(address + 24, command.Dw3);
    }

    /// <summary>Queues the commands and moves CWRITER past them; how many then ran is up to the controller.</summary>
    public void Publish(int its, params ReadOnlySpan<GuestCommand> commands) =>
        Gits(its).Write64(GitsOffset.Cwriter, Queue(its, commands));

    /// <summary>"run X; Y" of the conformance cases, on ITS 0.</summary>
    public void Run(params ReadOnlySpan<GuestCommand> commands) => RunOn(0, commands);

    public void RunOn(int its, params ReadOnlySpan<GuestCommand> commands)
    {
        Publish(its, commands);
        Drain();
        Assert.Equal(Cwriter(its), Creadr(its));
    }

    /// <summary>What a host does: steps until nothing is left, which no queue puts off for ever.</summary>
    public void Drain()
    {
        for (var executed = 0; Gic.HasRunnableCommands;)
        {
            var step = Gic.Step(1000);
            Assert.Equal(AccessStatus.Ok, step.Status);
            Assert.InRange(step.ExecutedCount, 1, (LargestQueue * Gic.ItsCount) - executed);
            executed += step.ExecutedCount;
        }
    }

    /// <summary>M(dev, ev, lpi, ic, cpu) of the conformance cases.</summary>
    public void Map(uint device, uint eventId, uint lpi, uint collection = 0, uint cpu = 0, int its = 0)
    {
        RunOn(
            its,
            GuestCommand.Mapd(device, 16, Places.Itt(device, its)),
            GuestCommand.Mapc(collection, cpu),
            GuestCommand.Mapti(device, eventId, lpi, collection),
            GuestCommand.Sync(cpu));
        Assert.Empty(TakeErrors());
    }

    public MsiOutcome Signal(uint device, uint eventId, int its = 0)
    {
        var result = Gic.SignalMsi(its, new DeviceId(device), new EventId(eventId));
        Assert.Equal(AccessStatus.Ok, result.Status);
        return result.Outcome;
    }

    public uint[] PendingAt(int vcpu) =>
        [.. Gic.Inspection.PendingLpis(new VcpuIndex(vcpu)).Select(pending => pending.Lpi.Value)];

    /// <summary>The errors of commands since the last call, however the queue took them.</summary>
    public CommandError[] TakeErrors() =>
    [
        .. TakeEvents()
            .Where(e => e.Kind is GicEventKind.CommandFailed or GicEventKind.QueueStalled)
            .Select(e => e.Error),
    ];

    /// <summary>The events since the last call, each of a row by itself.</summary>
    public GicEvent[] TakeEvents()
    {
        var events = new List<GicEvent>();
        foreach (ref readonly var kept in Gic.Events.After(0))
        {
            events.AddRange(Enumerable.Repeat(kept.Event, (int)kept.Count));
        }

        Gic.Events.Clear();
        return [.. events];
    }

    public void Configure(uint lpi, byte configuration) => WriteByte(Places.ConfigurationByte(lpi), configuration);

    public void SetPendingBit(int vcpu, uint lpi)
    {
        var address = Places.PendingByte(vcpu, lpi);
        WriteByte(address, (byte)(ReadByte(address) | (1 << (int)(lpi % 8))));
    }

    public void Write64(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Assert.True(Ram.TryWriteAnyRegion(new GuestAddress(address), bytes));
    }

    public ulong Read64(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        Assert.True(Ram.Read(new GuestAddress(address), bytes).IsOk);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public void WriteByte(ulong address, byte value) =>
        Assert.True(Ram.TryWriteAnyRegion(new GuestAddress(address), [value]));

    public byte ReadByte(ulong address) => ReadBytes(address, 1)[0];

    public byte[] ReadBytes(ulong address, int count)
    {
        var bytes = new byte[count];
        Assert.True(Ram.Read(new GuestAddress(address), bytes).IsOk);
        return bytes;
    }

    public void Fill(ulong address, int count, byte value)
    {
        var bytes = new byte[count];
        bytes.AsSpan().Fill(value);
        Assert.True(Ram.TryWriteAnyRegion(new GuestAddress(address), bytes));
    }

    private static VirtualGicConfiguration Configuration(GuestOptions options) => new()
    {
        Profile = options.Profile,
        Affinities = [.. Enumerable.Range(0, options.VcpuCount).Select(index => Affinity.Default(new(index)))],
        ItsCount = options.ItsCount,
        InlineCommandsMax = options.InlineCommandsMax,
        MappedDevicesMax = options.MappedDevicesMax,
        MappedEventsMax = options.MappedEventsMax,
        PendingLpisMax = options.PendingLpisMax,
        EventsMax = options.EventsMax,
        Layout = new FrameLayout
        {
            Distributor = new GuestAddress(Places.Distributor),
            RedistributorRegions =
            [
                new RedistributorRegion(
                    new GuestAddress(Places.Redistributors), options.RedistributorFrames ?? options.VcpuCount),
            ],
            ItsBases =
            [
                .. Enumerable.Range(0, options.ItsCount)
                    .Select(its => (GuestAddress?)new GuestAddress(Places.ItsBase(its))),
            ],
        },
    };
}
