using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Saves;

/// <summary>Acknowledges all that is pending in a VM with no other load, which must be just that, in order.</summary>
internal static class PendingDrain
{
    /// <summary>Takes what a state has pending. Returns how many that were.</summary>
    /// <param name="vm">A VM that runs from that state on and executes nothing.</param>
    /// <param name="plan">The events.</param>
    /// <param name="state">Its state.</param>
    public static async Task<int> TakeAllAsync(VmHandle vm, EventPlan plan, SavedController state)
    {
        var batch = vm.Batch();
        foreach (var vcpu in state.ActiveVcpus)
        {
            // Ends the priority, whichever LPI has it.
            batch.WriteSystemRegister(new VcpuIndex((uint)vcpu), SystemRegisterId.IccEoir1, GuestLayout.FirstLpi);
        }

        List<(int Vcpu, uint Expected, BatchValue Read)> takings = [];
        for (var vcpu = 0; vcpu < GuestLayout.VcpuCount; vcpu++)
        {
            foreach (var lpi in state.PendingByVcpu[vcpu].OrderBy(lpi => plan.OfLpi(lpi)!.Priority).ThenBy(lpi => lpi))
            {
                takings.Add((vcpu, lpi, Acknowledge(batch, vcpu)));
                batch.WriteSystemRegister(new VcpuIndex((uint)vcpu), SystemRegisterId.IccEoir1, lpi);
            }

            takings.Add((vcpu, GuestLayout.Spurious, Acknowledge(batch, vcpu)));
        }

        var results = await batch.SendAsync();
        foreach (var (vcpu, expected, read) in takings)
        {
            if (results.Value(read) != expected)
            {
                throw new AccountException(
                    $"vCPU {vcpu} was to acknowledge {expected} and was given {results.Value(read)}");
            }
        }

        return takings.Count - GuestLayout.VcpuCount;
    }

    private static BatchValue Acknowledge(AccessBatch batch, int vcpu)
    {
        batch.ReadSystemRegister(new VcpuIndex((uint)vcpu), SystemRegisterId.IccIar1, out var value);
        return value;
    }
}
