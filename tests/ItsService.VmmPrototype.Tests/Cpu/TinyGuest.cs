using System.Text;
using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Devices.Nvme;
using ItsService.VmmPrototype.InterruptController;
using ItsService.VmmPrototype.Memory;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Cpu;

/// <summary>A few instructions, run on a machine whose interrupt controller only listens.</summary>
internal sealed class TinyGuest : IDisposable
{
    private readonly GuestRam _ram = new(MappedBytes.Private(16 << 20));
    private readonly NvmeDisk _disk = new(MappedBytes.Private(1 << 20));
    private readonly StringBuilder _sent = new();

    public RecordingController Controller { get; } = new();

    public string Sent => _sent.ToString();

    public MachineEnd Run(int vcpuCount, params uint[] instructions)
    {
        var program = new byte[4 * instructions.Length];
        Buffer.BlockCopy(instructions, 0, program, 0, program.Length);
        var spec = new MachineSpec { VcpuCount = vcpuCount, Kernel = KernelImage.From(program), SkipsIdleTime = true };
        IInterruptController controller = Controller;
        using var machine = new Machine(spec, controller, _ram, _disk, value => _sent.Append((char)value));
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var stopping = timeout.Token.Register(machine.Stop);
        return machine.Run();
    }

    public void Dispose()
    {
        _disk.Dispose();
        _ram.Dispose();
    }
}
