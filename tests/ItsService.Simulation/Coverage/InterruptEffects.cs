using ItsService.Core.CpuInterface;
using ItsService.ReferenceModel;
using ItsService.Simulation.Running;

namespace ItsService.Simulation.Coverage;

/// <summary>What becomes of SGIs, PPIs and SPIs by what vCPUs do.</summary>
internal sealed class InterruptEffects(ModelPair pair, CoverageCounts coverage)
{
    private const string EndDeactivates = "EOIR deactivates";
    private const string DirDeactivates = "DIR deactivates";
    private const string DirOfAnotherVcpu = "DIR deactivates what another vCPU took";
    private const string OneOfNTaken = "1-of-N SPI taken";
    private const string SgiReaches = "SGI made pending for another vCPU";

    private const uint FirstPpi = 16;
    private const uint FirstSpi = 32;
    private const uint PrivateActive = 0x1_0300;
    private const uint PrivatePending = 0x1_0200;
    private const uint SpiActive = 0x0300;
    private const uint Routes = 0x6000;

    private static readonly string[] Registers = ["IAR0", "IAR1"];
    private static readonly string[] Kinds = ["an SGI", "a PPI", "an SPI"];

    private readonly Dictionary<uint, int> _takenBy = [];
    private bool _wasActive;
    private long _pendingElsewhere;

    /// <summary>The names of all of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Registers.SelectMany(register => Kinds.Select(kind => Taken(register, kind))),
        EndDeactivates, DirDeactivates, DirOfAnotherVcpu, OneOfNTaken, SgiReaches,
    ];

    /// <summary>Counts what an acknowledge found.</summary>
    public void CountTaken(ulong intId, int vcpu, int encoding)
    {
        if ((SystemRegister)encoding is not (SystemRegister.IccIar0 or SystemRegister.IccIar1) || intId is >= 1020)
        {
            return;
        }

        var register = Registers[(SystemRegister)encoding == SystemRegister.IccIar0 ? 0 : 1];
        coverage.Count(Taken(register, Kinds[intId < FirstPpi ? 0 : intId < FirstSpi ? 1 : 2]));
        if (intId >= FirstSpi)
        {
            _takenBy[(uint)intId] = vcpu;
            var route = pair.Reference.ReadRegister(
                ReferenceFrame.Distributor, 0, Routes + (8 * (uint)intId), 8);
            CountIf((route & (1UL << 31)) != 0, OneOfNTaken);
        }
    }

    /// <summary>Notes what a write finds.</summary>
    public void Begin(int vcpu, int encoding, ulong value)
    {
        if (IsEnd(encoding))
        {
            _wasActive = IsActive(vcpu, IntIdOf(value));
        }
        else if (IsSgi(encoding))
        {
            _pendingElsewhere = PendingElsewhere(vcpu);
        }
    }

    /// <summary>Counts what the reference did with it.</summary>
    public void End(int vcpu, int encoding, ulong value)
    {
        if (IsSgi(encoding))
        {
            CountIf(PendingElsewhere(vcpu) > _pendingElsewhere, SgiReaches);
        }

        if (!IsEnd(encoding) || !_wasActive || IsActive(vcpu, IntIdOf(value)))
        {
            return;
        }

        var isDir = (SystemRegister)encoding == SystemRegister.IccDir;
        coverage.Count(isDir ? DirDeactivates : EndDeactivates);
        CountIf(isDir && _takenBy.TryGetValue(IntIdOf(value), out var taker) && taker != vcpu, DirOfAnotherVcpu);
    }

    private static string Taken(string register, string kind) => $"{register}: {kind}";

    private static uint IntIdOf(ulong value) => (uint)value & 0xFF_FFFF;

    private static bool IsEnd(int encoding) =>
        (SystemRegister)encoding is SystemRegister.IccEoir0 or SystemRegister.IccEoir1 or SystemRegister.IccDir;

    private static bool IsSgi(int encoding) => encoding is 0xC65D or 0xC65F;

    private bool IsActive(int vcpu, uint intId)
    {
        if (intId >= 1020)
        {
            return false;
        }

        var value = intId < FirstSpi
            ? pair.Reference.ReadRegister(ReferenceFrame.Redistributor, vcpu, PrivateActive, 4)
            : pair.Reference.ReadRegister(ReferenceFrame.Distributor, 0, SpiActive + (intId / 32 * 4), 4);
        return (value & (1UL << (int)(intId % 32))) != 0;
    }

    private long PendingElsewhere(int vcpu)
    {
        var count = 0L;
        for (var other = 0; other < pair.Shape.VcpuCount; other++)
        {
            if (other != vcpu)
            {
                var pending = pair.Reference.ReadRegister(ReferenceFrame.Redistributor, other, PrivatePending, 4);
                count += (long)ulong.PopCount(pending);
            }
        }

        return count;
    }

    private void CountIf(bool condition, string name)
    {
        if (condition)
        {
            coverage.Count(name);
        }
    }
}
