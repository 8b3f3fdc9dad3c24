using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Saves;

/// <summary>
/// What is done wrong on purpose, so that a test can see the account not close. Nothing, in a run that counts.
/// </summary>
internal sealed class LoadFaults
{
    private const uint CreadrOffset = 0x90;
    private const uint SlotBytes = GuestCommand.SizeBytes;
    private const long CallCountedTwice = 20;

    private int _forgottenCount;

    /// <summary>One message is counted twice.</summary>
    public bool CountsOneTooMany { get; init; }

    /// <summary>One acknowledged interrupt is not counted.</summary>
    public bool ForgetsOneAcknowledge { get; init; }

    /// <summary>GITS_CREADR of ITS 0 goes back by one slot before a restored VM runs, as in a replay.</summary>
    public bool ReplaysOneCommand { get; init; }

    /// <summary>A VM that takes over has already taken an interrupt that nobody counts.</summary>
    public bool LosesOneAtTakeOver { get; init; }

    public bool IsCountedTwice(int sender, long call) =>
        CountsOneTooMany && sender == 0 && call == CallCountedTwice;

    /// <summary>Of an event of which nothing may be left over.</summary>
    public bool IsForgotten(AccountedEvent accounted) =>
        ForgetsOneAcknowledge
        && accounted.Rule is EventRule.Plain or EventRule.OneAtATime
        && Interlocked.Exchange(ref _forgottenCount, 1) == 0;

    /// <summary>Called while a VM that was restored for a check is Paused.</summary>
    public async Task BeforeCheckAsync(VmHandle vm, SavedController saved)
    {
        if (ReplaysOneCommand && saved.State.Its[0].ReadOffset >= SlotBytes)
        {
            await vm.SetAttributeAsync(
                DeviceAttributeId.ItsRegister(new ItsIndex(0), CreadrOffset),
                saved.State.Its[0].ReadOffset - SlotBytes);
        }
    }

    /// <summary>Called when the VM that takes over runs and has no load yet.</summary>
    public async Task BeforeLoadAsync(VmHandle vm)
    {
        if (LosesOneAtTakeOver)
        {
            for (var vcpu = 0u; vcpu < GuestLayout.VcpuCount; vcpu++)
            {
                await vm.ReadSystemRegisterAsync(new VcpuIndex(vcpu), SystemRegisterId.IccIar1);
            }
        }
    }
}
