using System.Diagnostics;
using ItsService.Protocol.V1;
using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Running;

/// <summary>Counts and times what a machine asks of its interrupt controller.</summary>
internal sealed class MeasuredController(IInterruptController controller, int vcpuCount) : IInterruptController
{
    private const uint Iar0 = 0xC640;
    private const uint Iar1 = 0xC660;

    private readonly SortedDictionary<string, CallStatistics> _calls = new(StringComparer.Ordinal);
    private readonly SortedDictionary<MsiOutcome, int> _messages = [];

    public InterruptLines Lines => controller.Lines;

    public IReadOnlyDictionary<string, CallStatistics> Calls => _calls;

    public IReadOnlyDictionary<MsiOutcome, int> Messages => _messages;

    public IReadOnlyList<AcknowledgedInterrupts> Acknowledged { get; } =
        [.. Enumerable.Range(0, vcpuCount).Select(_ => new AcknowledgedInterrupts())];

    public ulong ReadRegister(ulong address, int sizeBytes)
    {
        var started = Stopwatch.GetTimestamp();
        var value = controller.ReadRegister(address, sizeBytes);
        Of($"{FrameOf(address)} read").AddSince(started);
        return value;
    }

    public void WriteRegister(ulong address, int sizeBytes, ulong value)
    {
        var started = Stopwatch.GetTimestamp();
        controller.WriteRegister(address, sizeBytes, value);
        Of($"{FrameOf(address)} write").AddSince(started);
    }

    public ulong ReadSystemRegister(int vcpu, uint encoding)
    {
        var started = Stopwatch.GetTimestamp();
        var value = controller.ReadSystemRegister(vcpu, encoding);
        Of("ICC read").AddSince(started);
        if (encoding is Iar0 or Iar1)
        {
            Acknowledged[vcpu].Add(value);
        }

        return value;
    }

    public void WriteSystemRegister(int vcpu, uint encoding, ulong value)
    {
        var started = Stopwatch.GetTimestamp();
        controller.WriteSystemRegister(vcpu, encoding, value);
        Of("ICC write").AddSince(started);
    }

    public void SetLevels(IReadOnlyList<WireLevel> levels)
    {
        var started = Stopwatch.GetTimestamp();
        controller.SetLevels(levels);
        Of("levels").AddSince(started);
    }

    public MsiOutcome SignalMsi(ulong address, uint data, uint requesterId)
    {
        var started = Stopwatch.GetTimestamp();
        var outcome = controller.SignalMsi(address, data, requesterId);
        Of("MSI").AddSince(started);
        _messages[outcome] = _messages.GetValueOrDefault(outcome) + 1;
        return outcome;
    }

    private static string FrameOf(ulong address) => address switch
    {
        >= MemoryMap.Redistributors => "GICR",
        >= MemoryMap.Its => "GITS",
        _ => "GICD",
    };

    private CallStatistics Of(string kind)
    {
        if (!_calls.TryGetValue(kind, out var statistics))
        {
            _calls.Add(kind, statistics = new CallStatistics());
        }

        return statistics;
    }
}
