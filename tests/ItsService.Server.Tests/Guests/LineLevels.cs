using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.Guests;

/// <summary>Levels of devices' lines.</summary>
internal static class LineLevels
{
    /// <summary>The line of an SPI, or of a vCPU's PPI, low.</summary>
    public static LineLevel Low(uint intId, uint? vcpu = null)
    {
        var level = new LineLevel { IntId = intId };
        if (vcpu is { } own)
        {
            level.Vcpu = own;
        }

        return level;
    }

    public static LineLevel High(uint intId, uint? vcpu = null, bool notifies = false)
    {
        var level = Low(intId, vcpu);
        (level.Asserted, level.NotifyAtEoi) = (true, notifies);
        return level;
    }
}
