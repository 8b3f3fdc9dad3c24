using System.Numerics;

namespace ItsService.Core.Distributor;

/// <summary>
/// The best SGI, PPI or SPI of each group for one vCPU, whatever groups are enabled. It is looked for again only when
/// something has changed that may concern this vCPU: messages do not come by here.
/// </summary>
internal sealed class DirectInterrupts(InterruptBank privateInterrupts, SpiTargets spis, int vcpu)
{
    private bool _isStale = true;
    private bool _isPrivateStale = true;
    private bool _areSpisStale = true;
    private uint _private0;
    private uint _private1;
    private uint _spi0;
    private uint _spi1;

    // Of the private ones and of the SPIs that come to this vCPU alone.
    private uint _own0;
    private uint _own1;

    /// <summary>The best of Group 0 as an <see cref="InterruptRank"/>.</summary>
    public uint Best0
    {
        get
        {
            Refresh();
            return Math.Min(_own0, OneOfN0);
        }
    }

    /// <summary>The same of Group 1.</summary>
    public uint Best1
    {
        get
        {
            Refresh();
            return Math.Min(_own1, OneOfN1);
        }
    }

    /// <summary>The best 1-of-N SPI of Group 0 that is offered to this vCPU.</summary>
    public uint OneOfN0 { get; set; } = InterruptRank.None;

    /// <summary>The same of Group 1.</summary>
    public uint OneOfN1 { get; set; } = InterruptRank.None;

    public void PrivateChanged() => _isStale = _isPrivateStale = true;

    public void SpisChanged() => _isStale = _areSpisStale = true;

    private void Refresh()
    {
        // Each acknowledge of an LPI comes by here, and most find nothing changed.
        if (_isStale)
        {
            _isStale = false;
            FindBest();
        }
    }

    private void FindBest()
    {
        if (_isPrivateStale)
        {
            _isPrivateStale = false;
            (_private0, _private1) = (InterruptRank.None, InterruptRank.None);
            Collect(privateInterrupts, privateInterrupts.Waiting, ref _private0, ref _private1);
        }

        if (_areSpisStale)
        {
            _areSpisStale = false;
            (_spi0, _spi1) = (InterruptRank.None, InterruptRank.None);
            foreach (var bank in spis.Banks)
            {
                Collect(bank, spis.OfVcpu(bank, vcpu, bank.Waiting), ref _spi0, ref _spi1);
            }
        }

        (_own0, _own1) = (Math.Min(_private0, _spi0), Math.Min(_private1, _spi1));
    }

    private static void Collect(InterruptBank bank, uint interrupts, ref uint best0, ref uint best1)
    {
        for (; interrupts != 0; interrupts &= interrupts - 1)
        {
            var number = BitOperations.TrailingZeroCount(interrupts);
            var rank = InterruptRank.Of(bank.IntIdOf(number), bank.PriorityOf(number));
            ref var best = ref bank.IsInGroup1(number) ? ref best1 : ref best0;
            best = Math.Min(best, rank);
        }
    }
}
