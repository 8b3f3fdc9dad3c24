using System.Collections.Concurrent;
using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Cpu;
using ItsService.VmmPrototype.Devices;
using ItsService.VmmPrototype.Devices.Nvme;
using ItsService.VmmPrototype.Devices.Pci;
using ItsService.VmmPrototype.Engine;
using ItsService.VmmPrototype.InterruptController;
using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype;

/// <summary>
/// The machine: vCPUs that take turns on one thread, RAM, a UART, timers, and an NVMe disk behind a PCI host bridge.
/// Its interrupt controller is elsewhere, behind <see cref="IInterruptController"/>.
/// </summary>
internal sealed class Machine : IDisposable
{
    private const int NvmeSlot = 1;
    private const ulong NapTicksMax = 60UL * GuestClock.FrequencyHz;

    private readonly MachineSpec _spec;
    private readonly IInterruptController _controller;
    private readonly GuestRam _ram;
    private readonly Pl011 _uart;
    private readonly GuestClock _clock = new();
    private readonly VcpuGroup _group = new();
    // Not disposed of: who tells news may be late.
    private readonly AutoResetEvent _news = new(false);
    private readonly ConcurrentQueue<Action> _betweenTurns = new();
    private readonly List<WireLevel> _changedLevels = [];
    private readonly List<(ulong Address, ulong SizeBytes, IMmioDevice Device)> _devices;

    /// <param name="spec">What it is made of.</param>
    /// <param name="controller">Its interrupt controller.</param>
    /// <param name="ram">Its RAM, which the caller goes on to own.</param>
    /// <param name="disk">What its NVMe disk holds, likewise.</param>
    /// <param name="transmit">Takes what the guest sends on its UART.</param>
    public Machine(
        MachineSpec spec, IInterruptController controller, GuestRam ram, NvmeDisk disk, Action<byte> transmit)
    {
        _spec = spec;
        _controller = controller;
        _ram = ram;
        _uart = new Pl011(new Wire(controller, MemoryMap.UartIntId), transmit);
        Disk = new NvmeController(ram, disk, spec.VcpuCount, SendMsi);
        var pci = new PciBus();
        pci.Insert(NvmeSlot, Disk);
        var gicSizeBytes = MemoryMap.Redistributors - MemoryMap.Distributor
            + ((ulong)spec.VcpuCount * MemoryMap.RedistributorSizeBytes);
        _devices =
        [
            (MemoryMap.Distributor, gicSizeBytes, new GicFrames(controller)),
            (MemoryMap.Uart, MemoryMap.UartSizeBytes, _uart),
            (MemoryMap.PciMemory, MemoryMap.PciMemorySizeBytes, pci.Memory),
            (MemoryMap.PciConfiguration, MemoryMap.PciConfigurationSizeBytes, pci.Configuration),
        ];
        for (var index = 0; index < spec.VcpuCount; index++)
        {
            _group.Add(new Vcpu(index, _group, _clock, controller, MapAddresses));
        }

        controller.Lines.Asserted += Wake;
    }

    public NvmeController Disk { get; }

    /// <summary>How long the guest has run, as it sees it.</summary>
    public TimeSpan GuestTime => GuestClock.ToTime(_clock.Now);

    /// <summary>How many blocks of instructions each vCPU has executed.</summary>
    public IReadOnlyList<ulong> BlocksExecuted => [.. _group.Vcpus.Select(vcpu => vcpu.BlocksExecuted)];

    /// <summary>Lets the guest look for what has come from outside. On any thread.</summary>
    public void Wake() => _news.Set();

    /// <summary>The guest's UART receives a byte. On any thread.</summary>
    public void Receive(byte value)
    {
        _uart.Receive(value);
        Wake();
    }

    /// <summary>Ends the run at the next block. On any thread.</summary>
    public void Stop()
    {
        _group.Stop();
        Wake();
    }

    /// <summary>
    /// Has something done on the guest's thread between two turns, when no access of the guest's is under way. On any
    /// thread.
    /// </summary>
    public void DoBetweenTurns(Action action)
    {
        _betweenTurns.Enqueue(action);
        Wake();
    }

    /// <summary>Boots the guest and runs it to its end, on this thread.</summary>
    public MachineEnd Run()
    {
        var (entry, tree) = BootLayout.Place(_ram, _spec.VcpuCount, _spec.Kernel, _spec.Initrd, _spec.CommandLine);
        _group.Vcpus[0].SwitchOn(entry, tree);
        while (!_group.IsStopping)
        {
            _uart.Poll();
            var blocks = TakeTurns();
            if (blocks > 0)
            {
                _clock.Advance(blocks);
            }
            else
            {
                Sleep();
            }

            SettleTimers();
            while (_betweenTurns.TryDequeue(out var action))
            {
                action();
            }
        }

        return _group.AskedFor ?? MachineEnd.Stopped;
    }

    public void Dispose()
    {
        _controller.Lines.Asserted -= Wake;
        _group.Dispose();
    }

    private uint TakeTurns()
    {
        // As if they ran side by side, the round has taken as long as its longest turn.
        var longest = 0u;
        foreach (var vcpu in _group.Vcpus)
        {
            if (vcpu.IsOn)
            {
                longest = Math.Max(longest, vcpu.TakeTurn());
            }
        }

        return longest;
    }

    // All of them wait for an interrupt: of a timer, or of somebody outside.
    private void Sleep()
    {
        var deadline = _group.Vcpus.Min(vcpu => vcpu.Timers.Deadline);
        var ticks = deadline > _clock.Now ? deadline - _clock.Now : 0;
        if (deadline == ulong.MaxValue)
        {
            _news.WaitOne();
        }
        else if (_spec.SkipsIdleTime)
        {
            _clock.Advance(ticks);
        }
        else
        {
            // A timer may be further away than one can wait at once.
            var nap = Math.Min(ticks, NapTicksMax);
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            var isNews = _news.WaitOne(GuestClock.ToTime(nap));
            var slept = GuestClock.ToTicks(System.Diagnostics.Stopwatch.GetElapsedTime(started));
            _clock.Advance(isNews ? Math.Min(slept, nap) : nap);
        }
    }

    private void SettleTimers()
    {
        foreach (var vcpu in _group.Vcpus)
        {
            vcpu.Timers.Settle(_changedLevels);
        }

        if (_changedLevels.Count > 0)
        {
            _controller.SetLevels(_changedLevels);
            _changedLevels.Clear();
        }
    }

    private void SendMsi(ulong address, uint data) =>
        _controller.SignalMsi(address, data, PciBus.RequesterId(NvmeSlot));

    private unsafe void MapAddresses(UnicornEngine engine)
    {
        foreach (var (address, sizeBytes, device) in _devices)
        {
            engine.MapDevice(address, sizeBytes, device);
        }

        engine.MapMemory(MemoryMap.Ram, _ram.SizeBytes, _ram.Pointer);
        EngineAddressSpace.FillHoles(
            engine,
            [.. _devices.Select(device => (device.Address, device.SizeBytes)), (MemoryMap.Ram, _ram.SizeBytes)]);
    }
}
