using ItsService.Protocol.V1;
using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Tests.Hosting;

/// <summary>Keeps what devices tell their interrupt controller.</summary>
internal sealed class RecordingController : IInterruptController
{
    public List<WireLevel> Levels { get; } = [];

    public List<(ulong Address, uint Data, uint RequesterId)> Messages { get; } = [];

    public List<(ulong Address, int SizeBytes, ulong Value)> Writes { get; } = [];

    public InterruptLines Lines { get; } = new(vcpuCount: 8);

    public ulong ReadRegister(ulong address, int sizeBytes) => 0;

    public void WriteRegister(ulong address, int sizeBytes, ulong value) => Writes.Add((address, sizeBytes, value));

    public ulong ReadSystemRegister(int vcpu, uint encoding) => 0;

    public void WriteSystemRegister(int vcpu, uint encoding, ulong value)
    {
    }

    public void SetLevels(IReadOnlyList<WireLevel> levels) => Levels.AddRange(levels);

    public MsiOutcome SignalMsi(ulong address, uint data, uint requesterId)
    {
        Messages.Add((address, data, requesterId));
        return MsiOutcome.Pended;
    }
}
