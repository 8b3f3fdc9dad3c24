namespace ItsService.Core.Distributor;

/// <summary>Who holds a bank of interrupts and sees to it that vCPUs are told.</summary>
internal interface IInterruptOwner
{
    /// <summary>What has been written or has happened may make these interrupts come, or keep them back.</summary>
    void InterruptsChanged(InterruptBank bank, uint interrupts);

    /// <summary>Software has ended interrupts whose device asked to be told.</summary>
    void InterruptsEnded(InterruptBank bank);
}
