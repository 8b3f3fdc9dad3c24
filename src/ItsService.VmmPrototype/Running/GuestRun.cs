using System.Diagnostics;
using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.VmmPrototype.Devices.Nvme;
using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.Running;

/// <summary>
/// Runs one guest: makes its VM in the service, attaches, boots the machine, and tells what became of it.
/// </summary>
public static class GuestRun
{
    /// <summary>Runs the guest until it ends, its time is up, or it is cancelled.</summary>
    /// <exception cref="ItsServiceException">The service refuses something, or is not reached.</exception>
    /// <exception cref="Engine.EngineMissingException">The engine is not installed.</exception>
    /// <exception cref="Boot.GuestImageException">Something to boot from cannot be used.</exception>
    public static async Task<BootReport> RunAsync(
        ItsClient client, BootOptions options, CancellationToken cancellationToken)
    {
        // Whether it can be run at all is found before anything is made in the service.
        _ = Engine.EngineCheck.FlagsAtEl1;
        using var memory = await GuestMemory.OpenAsync(client, options, cancellationToken);
        using var disk = new NvmeDisk(OpenDisk(options));
        await using var service = await GuestService.OpenAsync(
            client, SpecOf(options, memory.Region), memory, cancellationToken);
        return await RunAsync(service, options, memory, disk, cancellationToken);
    }

    private static async Task<BootReport> RunAsync(
        GuestService service, BootOptions options, GuestMemory memory, NvmeDisk disk,
        CancellationToken cancellationToken)
    {
        var controller = new MeasuredController(service.Controller, options.Machine.VcpuCount);
        var console = new GuestConsole(options.Console);
        using var machine = new Machine(options.Machine, controller, memory.Ram, disk, console.Receive);
        using var limit = new RunLimit(machine, service, options.Timeout, cancellationToken);
        var mover = new GuestMover(options.Moves, machine, service, limit.Token);
        console.LineEnded = mover.TakeLine;
        ListenTo(options.Input, machine, mover);
        var started = Stopwatch.GetTimestamp();
        limit.Begin();
        var end = await RunAsync(machine, limit, cancellationToken);
        return new BootReport
        {
            End = end,
            HasTimedOut = limit.HasTimedOut && end == MachineEnd.Stopped,
            HasPanicked = console.HasPanicked,
            BadBlocks = console.BadBlocks,
            KernelComplaints = console.KernelComplaints,
            WallTime = Stopwatch.GetElapsedTime(started),
            GuestTime = machine.GuestTime,
            BlocksExecuted = machine.BlocksExecuted,
            Calls = controller.Calls,
            Messages = controller.Messages,
            Acknowledged = controller.Acknowledged,
            Moves = service.Moves,
            Disk = (machine.Disk.Counts.Reads, machine.Disk.Counts.Writes, machine.Disk.Counts.Flushes),
        };
    }

    private static async Task<MachineEnd> RunAsync(
        Machine machine, RunLimit limit, CancellationToken cancellationToken)
    {
        try
        {
            // A thread of its own: it blocks for as long as the guest runs.
            var end = await Task.Factory.StartNew(
                machine.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            return end;
        }
        catch (Exception abandoned) when (
            abandoned is VmmSessionEndedException or OperationCanceledException && limit.Token.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return MachineEnd.Stopped;
        }
    }

    // Nothing can end a read of a keyboard: the thread goes with the process, and a machine that is no more takes
    // nothing.
    private static void ListenTo(Stream? input, Machine machine, GuestMover mover)
    {
        if (input is null)
        {
            return;
        }

        var thread = new Thread(() =>
        {
            for (var value = input.ReadByte(); value >= 0; value = input.ReadByte())
            {
                if (mover.TakeKey((byte)value) is { } typed)
                {
                    machine.Receive(typed);
                }
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
    }

    private static MappedBytes OpenDisk(BootOptions options)
    {
        try
        {
            return options.DiskFile is { } path ? MappedBytes.OfFile(path) : MappedBytes.Private(options.DiskSizeBytes);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new Boot.GuestImageException($"the disk {options.DiskFile} cannot be used: {problem.Message}");
        }
    }

    private static VmSpec SpecOf(BootOptions options, MemoryRegion ram)
    {
        var vcpuCount = options.Machine.VcpuCount;
        var spec = new VmSpec
        {
            Profile = options.Profile is null ? Profile.Kvm : Profile.Custom,
            Custom = options.Profile,
            DistributorBase = MemoryMap.Distributor,
        };
        spec.Vcpus.AddRange(Enumerable.Range(0, vcpuCount).Select(_ => new Vcpu()));
        spec.RedistributorRegions.Add(
            new RedistributorRegion { Base = MemoryMap.Redistributors, Count = (uint)vcpuCount });
        spec.Its.Add(new ItsUnit { Base = MemoryMap.Its });
        spec.MemoryRegions.Add(ram);
        return spec;
    }
}
