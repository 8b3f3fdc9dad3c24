using System.Diagnostics.Metrics;

namespace ItsService.Server.Telemetry;

/// <summary>
/// What the service measures as it happens. What can be counted is read from the controllers when somebody asks
/// (<see cref="FleetInstruments"/>), and costs nothing until then. docs/metrics.md says what each means.
/// </summary>
internal sealed class Instruments
{
    /// <summary>The meter of all instruments of this service.</summary>
    public const string MeterName = "ItsService";

    /// <summary>The units by the rules of the semantic conventions.</summary>
    public const string Seconds = "s";

    /// <inheritdoc cref="Seconds"/>
    public const string Bytes = "By";

    private readonly TimeProvider _time;
    private long _faults;
    private int _watcherCount;

    public Instruments(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        Meter = meters.Create(MeterName, Hosting.ServiceVersion.Text);
        InjectionDuration = Meter.CreateHistogram<double>(
            "its.injection.duration", Seconds,
            "From when messages of devices are inside their VM until their LPIs are pending, or they are dropped.");
        InjectionQueueDuration = Meter.CreateHistogram<double>(
            "its.injection.queue.duration", Seconds,
            "From when messages of devices have been read until they are inside their VM.");
        AcknowledgeDuration = Meter.CreateHistogram<double>(
            "its.acknowledge.duration", Seconds,
            "From when an LPI became pending until a vCPU acknowledged it; of some of all LPIs.");
        MemoryDuration = Meter.CreateHistogram<double>(
            "its.memory.duration", Seconds,
            "How long an access to guest memory took that the service does not own.");
        SaveDuration = Meter.CreateHistogram<double>(
            "its.state.save.duration", Seconds, "How long it took to save a VM.");
        RestoreDuration = Meter.CreateHistogram<double>(
            "its.state.restore.duration", Seconds, "How long it took to give a VM a saved state.");
        StateSize = Meter.CreateHistogram<long>("its.state.size", Bytes, "How large a saved state is.");
        // Observed, so that it is there before the first one: an alert sees nothing in a count that begins at one.
        Meter.CreateObservableCounter(
            "its.vm.faults", () => Interlocked.Read(ref _faults), "{fault}",
            "VMs that an error of the service has stopped.");
        Sessions = Meter.CreateCounter<long>("its.session.attaches", "{attach}", "VMMs that have attached to a VM.");
        Holds = Meter.CreateCounter<long>(
            "its.injection.stream.holds", "{hold}",
            "How often a stream of messages went no further until answers to its client were on their way.");
        Refusals = Meter.CreateCounter<long>(
            "its.api.refusals", "{call}",
            "Calls but unary accesses and messages that were refused or broken off, by gRPC status.");
    }

    /// <summary>Where the instruments come from.</summary>
    public Meter Meter { get; }

    public Histogram<double> InjectionDuration { get; }

    public Histogram<double> InjectionQueueDuration { get; }

    public Histogram<double> AcknowledgeDuration { get; }

    public Histogram<double> MemoryDuration { get; }

    public Histogram<double> SaveDuration { get; }

    public Histogram<double> RestoreDuration { get; }

    public Histogram<long> StateSize { get; }

    public Counter<long> Sessions { get; }

    public Counter<long> Holds { get; }

    public Counter<long> Refusals { get; }

    /// <summary>An error of the service has stopped a VM.</summary>
    public void NoteFault() => Interlocked.Increment(ref _faults);

    /// <summary>The monotonic clock, while somebody listens to <paramref name="histogram"/>; otherwise 0.</summary>
    public long NowFor(Instrument histogram) =>
        histogram.Enabled || Volatile.Read(ref _watcherCount) > 0 ? Now() : 0;

    /// <summary>Somebody watches for whom times are taken, whether histograms have listeners or not.</summary>
    public void AddWatcher() => Interlocked.Increment(ref _watcherCount);

    /// <summary>And does so no more.</summary>
    public void RemoveWatcher() => Interlocked.Decrement(ref _watcherCount);

    /// <summary>The monotonic clock; never 0.</summary>
    public long Now() => _time.GetTimestamp() | 1;

    /// <summary>How many timestamps a second has.</summary>
    public long TimestampsPerSecond => _time.TimestampFrequency;

    /// <summary>The seconds from one moment to another; the two need not be a tick apart.</summary>
    public double SecondsBetween(long from, long to) => Math.Max(0, to - from) / (double)_time.TimestampFrequency;

    /// <summary>The seconds since a moment.</summary>
    public double SecondsSince(long from) => SecondsBetween(from, Now());
}
