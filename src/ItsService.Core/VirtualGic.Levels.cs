using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;

namespace ItsService.Core;

/// <summary>The lines of devices to SPIs and PPIs (redistributor-lpi 10.3).</summary>
public sealed partial class VirtualGic
{
    /// <summary>Moves a device's line to an SPI, or leaves it where it is.</summary>
    /// <param name="spi">From 32 on.</param>
    /// <param name="asserted">Whether it is high.</param>
    /// <param name="notifyAtEndOfInterrupt">
    /// Whether <see cref="DrainDeactivated"/> is to tell of its ends, until the line is moved again.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The distributor has no such SPI.</exception>
    public AccessResult SetSpiLevel(IntId spi, bool asserted, bool notifyAtEndOfInterrupt = false)
    {
        if (_parts.Distributor.FindSpi(spi, out var number) is not { } bank)
        {
            throw new ArgumentOutOfRangeException(nameof(spi), spi.Value, "There is no such SPI.");
        }

        return SetLevel(bank, number, default, asserted, notifyAtEndOfInterrupt);
    }

    /// <summary>The same of a PPI, 16..31, of one vCPU.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such PPI, or no such vCPU.</exception>
    public AccessResult SetPpiLevel(
        VcpuIndex vcpu, IntId ppi, bool asserted, bool notifyAtEndOfInterrupt = false)
    {
        IndexRange.ThrowUnlessBelow(VcpuCount, vcpu.Value, nameof(vcpu));
        ArgumentOutOfRangeException.ThrowIfLessThan(ppi.Value, 16u, nameof(ppi));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ppi.Value, 31u, nameof(ppi));
        var bank = _parts.Redistributors[vcpu.Value].PrivateInterrupts;
        return SetLevel(bank, (int)ppi.Value, vcpu, asserted, notifyAtEndOfInterrupt);
    }

    /// <summary>
    /// Adds the level-sensitive interrupts that have ended since the last call, each once, of those whose device asked
    /// to be told.
    /// </summary>
    /// <exception cref="ArgumentNullException">There is nothing to add them to.</exception>
    public void DrainDeactivated(ICollection<Deactivation> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        _parts.Ended.Drain(into);
    }

    private AccessResult SetLevel(
        InterruptBank bank, int number, VcpuIndex vcpu, bool asserted, bool notifiesEnd)
    {
        if (State == RunState.Paused)
        {
            return AccessResult.Paused;
        }

        bank.SetNotifiesEnd(number, notifiesEnd);
        _parts.Trace?.NoteLevel(bank, number, vcpu, asserted);
        bank.SetLevel(number, asserted);
        _parts.Lines.Settle();
        return AccessResult.Done();
    }
}
