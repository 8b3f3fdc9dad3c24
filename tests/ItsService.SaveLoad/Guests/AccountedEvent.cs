namespace ItsService.SaveLoad.Guests;

/// <summary>What may happen to an event, and so what its account must come to.</summary>
public enum EventRule
{
    /// <summary>Messages, MOVI, INV: nothing is left over.</summary>
    Plain,

    /// <summary>INT as well, which tells nobody whether it was coalesced.</summary>
    Interrupted,

    /// <summary>CLEAR as well, which tells nobody whether there was anything to clear.</summary>
    Cleared,

    /// <summary>Never two outstanding, so that nothing is coalesced; MOVALL as well. Nothing is left over.</summary>
    OneAtATime,

    /// <summary>MAPTI, INT and DISCARD, and no messages.</summary>
    Discarded,
}

/// <summary>An event whose interrupts are counted.</summary>
/// <param name="Index">Its number in the account, from 0.</param>
/// <param name="Its">The ITS that maps it.</param>
/// <param name="DeviceId">Its device, which belongs to one sender.</param>
/// <param name="EventId">The event.</param>
/// <param name="Rule">What may happen to it.</param>
/// <param name="Sender">The sender of its messages; -1 where the storm's INT commands are all it gets.</param>
/// <param name="Collections">The collections among which it moves, each of the vCPU of the same number.</param>
internal sealed record AccountedEvent(
    int Index, int Its, uint DeviceId, uint EventId, EventRule Rule, int Sender, IReadOnlyList<uint> Collections)
{
    /// <summary>Its LPI, which no other event has.</summary>
    public uint Lpi => GuestLayout.FirstLpi + (uint)Index;

    /// <summary>Two priorities, both enabled.</summary>
    public byte Configuration => (byte)(Index % 3 == 0 ? 0x81 : 0xA1);

    public byte Priority => (byte)(Configuration & 0xFC);

    /// <summary>Whether it has a mapping from the start; those that are discarded are mapped by the storm.</summary>
    public bool IsMappedAtBoot => Rule != EventRule.Discarded;

    public override string ToString() =>
        $"LPI {Lpi} ({Rule}, ITS {Its}, device {DeviceId}, event {EventId})";
}
