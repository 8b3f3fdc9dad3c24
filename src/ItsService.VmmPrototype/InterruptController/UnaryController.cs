using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.InterruptController;

/// <summary>The service's interrupt controller, one call for each access.</summary>
internal sealed class UnaryController(VmHandle vm, int vcpuCount, CancellationToken cancellationToken)
    : IInterruptController
{
    public InterruptLines Lines { get; } = new(vcpuCount);

    public ulong ReadRegister(ulong address, int sizeBytes)
    {
        var answer = Wait(vm.ReadRegisterAsync(
            RegisterPlace.At(new GuestAddress(address)), new AccessSize((uint)sizeBytes), cancellationToken));
        Lines.Update(answer.ChangedLines);
        return answer.Value;
    }

    public void WriteRegister(ulong address, int sizeBytes, ulong value)
    {
        var answer = Wait(vm.WriteRegisterAsync(
            RegisterPlace.At(new GuestAddress(address)), new AccessSize((uint)sizeBytes), value, cancellationToken));
        Lines.Update(answer.ChangedLines);
    }

    public ulong ReadSystemRegister(int vcpu, uint encoding)
    {
        var answer = Wait(vm.ReadSystemRegisterAsync(
            new VcpuIndex((uint)vcpu), SystemRegisterId.FromEncoding(encoding), cancellationToken));
        Lines.Update(answer.ChangedLines);
        return answer.Value;
    }

    public void WriteSystemRegister(int vcpu, uint encoding, ulong value)
    {
        var answer = Wait(vm.WriteSystemRegisterAsync(
            new VcpuIndex((uint)vcpu), SystemRegisterId.FromEncoding(encoding), value, cancellationToken));
        Lines.Update(answer.ChangedLines);
    }

    public void SetLevels(IReadOnlyList<WireLevel> levels)
    {
    }

    public MsiOutcome SignalMsi(ulong address, uint data, uint requesterId)
    {
        var answer = Wait(vm.SignalMsiAsync(
            new GuestAddress(address), new DeviceId(requesterId), new EventId(data), cancellationToken));
        Lines.Update(answer.ChangedLines);
        return answer.Result.Outcome;
    }

    // The guest's thread stands still until its access is done, as a processor does. No synchronization context is
    // here.
    private static T Wait<T>(Task<T> call) => call.GetAwaiter().GetResult();
}
