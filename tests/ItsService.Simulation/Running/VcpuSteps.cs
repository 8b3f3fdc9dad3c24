using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Running;

/// <summary>Does what vCPUs do with their CPU interfaces, and devices with their lines, to both models.</summary>
internal sealed class VcpuSteps(ModelPair pair, ModelComparison comparison, CoverageCounts coverage)
{
    private const uint FirstSpecial = 1020;

    private readonly InterruptEffects _effects = new(pair, coverage);

    // What Core tells, and what it should.
    private readonly List<Deactivation> _ends = [];

    /// <summary>A read, whose value is compared.</summary>
    public AccessStatus Read(int vcpu, int encoding, out ulong value)
    {
        var answer = pair.Core.ReadSystemRegister(new VcpuIndex(vcpu), (SystemRegister)encoding);
        value = answer.Value;
        if (answer.Status == AccessStatus.Paused)
        {
            return answer.Status;
        }

        comparison.VcpusInPlay.Add(vcpu);
        var running = pair.Reference.ReadSystemRegister(vcpu, (uint)SystemRegister.IccRpr);
        var expected = pair.Reference.ReadSystemRegister(vcpu, (uint)encoding);
        if (value != expected)
        {
            throw DifferenceFoundException.Of(DifferenceKind.Result, "value read", value, expected);
        }

        coverage.CountSystemRead(encoding, expected, running);
        _effects.CountTaken(expected, vcpu, encoding);
        if (expected is >= 32 and < FirstSpecial && IsAcknowledge(encoding))
        {
            comparison.NoteSpi((uint)expected);
        }

        return answer.Status;
    }

    /// <summary>A write.</summary>
    public AccessStatus Write(int vcpu, int encoding, ulong value)
    {
        var answer = pair.Core.WriteSystemRegister(new VcpuIndex(vcpu), (SystemRegister)encoding, value);
        if (answer.Status == AccessStatus.Paused)
        {
            return answer.Status;
        }

        comparison.VcpusInPlay.Add(vcpu);
        _effects.Begin(vcpu, encoding, value);
        pair.Reference.WriteSystemRegister(vcpu, (uint)encoding, value);
        _effects.End(vcpu, encoding, value);
        CompareEnds();
        return answer.Status;
    }

    /// <summary>What a handler does: an acknowledge, and the end of what it found.</summary>
    public AccessStatus Take(TakeStep step)
    {
        var (iar, eoir) = step.Group == 0
            ? (SystemRegister.IccIar0, SystemRegister.IccEoir0)
            : (SystemRegister.IccIar1, SystemRegister.IccEoir1);
        var status = Read(step.Vcpu, (int)iar, out var intId);
        if (status == AccessStatus.Paused || intId is >= FirstSpecial and <= 1023)
        {
            return status;
        }

        Write(step.Vcpu, (int)eoir, intId);
        if (step.Deactivates)
        {
            Write(step.Vcpu, (int)SystemRegister.IccDir, intId);
        }

        return status;
    }

    /// <summary>A line that moves, or stays as it is.</summary>
    public AccessStatus Move(LineStep step)
    {
        var intId = new IntId(step.IntId);
        var answer = step.Vcpu is { } vcpu
            ? pair.Core.SetPpiLevel(new VcpuIndex(vcpu), intId, step.IsHigh, step.NotifiesEnd)
            : pair.Core.SetSpiLevel(intId, step.IsHigh, step.NotifiesEnd);
        if (answer.Status == AccessStatus.Paused)
        {
            return answer.Status;
        }

        if (step.Vcpu is { } private_)
        {
            comparison.VcpusInPlay.Add(private_);
            pair.Reference.SetPpiLine(private_, step.IntId, step.IsHigh, step.NotifiesEnd);
        }
        else
        {
            comparison.NoteSpi(step.IntId);
            pair.Reference.SetSpiLine(step.IntId, step.IsHigh, step.NotifiesEnd);
        }

        return answer.Status;
    }

    private static bool IsAcknowledge(int encoding) =>
        (SystemRegister)encoding is SystemRegister.IccIar0 or SystemRegister.IccIar1;

    private void CompareEnds()
    {
        _ends.Clear();
        pair.Core.DrainDeactivated(_ends);
        var core = _ends.Select(end => (end.IntId.Value, end.Vcpu?.Value)).ToArray();
        var reference = pair.Reference.TakeEnds();
        if (!core.SequenceEqual(reference))
        {
            throw DifferenceFoundException.Of<object>(
                DifferenceKind.Result, "ends of interrupts", string.Join(", ", core), string.Join(", ", reference));
        }

        coverage.Count(CoverageCases.EndTold, core.Length);
    }
}
