using System.Numerics;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Distributor;

/// <summary>
/// The banks in which interrupts have ended that devices are to be told of. Each interrupt is told once, however often
/// it has ended since the host has asked, so that a guest cannot make it many.
/// </summary>
internal sealed class EndedInterrupts
{
    private readonly List<(InterruptBank Bank, VcpuIndex? Vcpu)> _banks = [];

    /// <summary>Takes a bank in, with the vCPU whose it is.</summary>
    public void Note(InterruptBank bank, VcpuIndex? vcpu)
    {
        if (!_banks.Contains((bank, vcpu)))
        {
            _banks.Add((bank, vcpu));
        }
    }

    public void Drain(ICollection<Deactivation> into)
    {
        foreach (var (bank, vcpu) in _banks)
        {
            for (var ended = bank.TakeEnded(); ended != 0; ended &= ended - 1)
            {
                into.Add(new Deactivation(bank.IntIdOf(BitOperations.TrailingZeroCount(ended)), vcpu));
            }
        }

        _banks.Clear();
    }
}
