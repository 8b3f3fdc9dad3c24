using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.InterruptController;

/// <summary>
/// All that this VMM asks of its interrupt controller. The machine knows no other way to it, so that how the service
/// is called is decided in one place. Called from the thread that runs the guest.
/// </summary>
public interface IInterruptController
{
    /// <summary>The vCPUs' interrupt lines, as the newest answer has them.</summary>
    InterruptLines Lines { get; }

    /// <summary>A guest's load from the distributor, a redistributor or the ITS.</summary>
    ulong ReadRegister(ulong address, int sizeBytes);

    /// <summary>A guest's store to them.</summary>
    void WriteRegister(ulong address, int sizeBytes, ulong value);

    /// <summary>MRS of an ICC register. The encoding is op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0].</summary>
    ulong ReadSystemRegister(int vcpu, uint encoding);

    /// <summary>MSR of an ICC register.</summary>
    void WriteSystemRegister(int vcpu, uint encoding, ulong value);

    /// <summary>Levels of wires that have changed, in one call.</summary>
    void SetLevels(IReadOnlyList<WireLevel> levels);

    /// <summary>A device's write to the doorbell.</summary>
    MsiOutcome SignalMsi(ulong address, uint data, uint requesterId);
}
