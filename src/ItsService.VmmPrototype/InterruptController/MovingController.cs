using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.InterruptController;

/// <summary>An interrupt controller that another one may take the place of, between two accesses.</summary>
internal sealed class MovingController(IInterruptController first) : IInterruptController
{
    /// <summary>Who is asked now. Changed on the thread that runs the guest.</summary>
    public IInterruptController Present { get; set; } = first;

    public InterruptLines Lines => Present.Lines;

    public ulong ReadRegister(ulong address, int sizeBytes) => Present.ReadRegister(address, sizeBytes);

    public void WriteRegister(ulong address, int sizeBytes, ulong value) =>
        Present.WriteRegister(address, sizeBytes, value);

    public ulong ReadSystemRegister(int vcpu, uint encoding) => Present.ReadSystemRegister(vcpu, encoding);

    public void WriteSystemRegister(int vcpu, uint encoding, ulong value) =>
        Present.WriteSystemRegister(vcpu, encoding, value);

    public void SetLevels(IReadOnlyList<WireLevel> levels) => Present.SetLevels(levels);

    public MsiOutcome SignalMsi(ulong address, uint data, uint requesterId) =>
        Present.SignalMsi(address, data, requesterId);
}
