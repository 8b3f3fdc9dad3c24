namespace ItsService.Server;

/// <summary>What clients may ask for; <c>GetServerInfo</c> tells them.</summary>
public sealed class ItsServerLimits
{
    /// <summary>VMs at a time.</summary>
    public int VmsMax { get; set; } = 10_000;

    /// <summary>vCPUs of one VM.</summary>
    public int VcpusPerVmMax { get; set; } = 512;

    /// <summary>ITSs of one VM.</summary>
    public int ItsPerVmMax { get; set; } = 8;

    /// <summary>Memory regions of one VM.</summary>
    public int MemoryRegionsPerVmMax { get; set; } = 64;

    /// <summary>Regions of shared memory of all VMs together, each of which has a file open.</summary>
    public int SharedRegionsMax { get; set; } = 4096;

    /// <summary>Bytes of hosted memory that one VM may have written.</summary>
    public long HostedMemoryBytesPerVmMax { get; set; } = 1L << 30;

    /// <summary>
    /// Bytes of hosted memory that all VMs together may have written. By default half of what .NET's heap may have: the
    /// machine's memory, or three quarters of the limit of a container.
    /// </summary>
    public long HostedMemoryBytesMax { get; set; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>The largest message taken, and about the largest sent.</summary>
    public int MessageBytesMax { get; set; } = 4 << 20;

    /// <summary>Bytes in one access to guest memory.</summary>
    public int MemoryAccessBytesMax { get; set; } = 1 << 20;

    /// <summary>Accesses in one batch.</summary>
    public int BatchAccessesMax { get; set; } = 10_000;

    /// <summary>Commands that a register write runs before it is answered; the rest run right after.</summary>
    public int InlineCommandsMax { get; set; } = 2048;

    /// <summary>
    /// Commands that all register writes of one batch run together before it is answered; the rest run right after.
    /// </summary>
    public int BatchCommandsMax { get; set; } = 32_768;

    /// <summary>Guest accesses and messages that wait for one VM at a time while it is Paused.</summary>
    public int WaitingCallsPerVmMax { get; set; } = 4096;

    /// <summary>
    /// Dumps of tables at a time, of all VMs. Each holds a copy of the tables until its caller has read all of it.
    /// </summary>
    public int DumpsMax { get; set; } = 8;

    /// <summary>
    /// Those who watch what VMs do at a time. Each holds what it has seen of each VM, a few KiB for each that works.
    /// </summary>
    public int ActivityWatchesMax { get; set; } = 16;

    /// <summary>
    /// Saves and restores at a time, of all VMs. Each holds a whole state until its caller has sent or read all of it.
    /// </summary>
    public int StateTransfersMax { get; set; } = 8;

    /// <summary>
    /// Bytes of a saved state. The largest VM's, with four million events and all LPIs of 24 bits, has some 90 MiB.
    /// </summary>
    public int SavedStateBytesMax { get; set; } = 128 << 20;

    /// <summary>Whole checkpoints of one VM; the oldest goes when there is one more.</summary>
    public int CheckpointsPerVmMax { get; set; } = 4;

    /// <summary>Bytes of all checkpoints together.</summary>
    public long CheckpointBytesMax { get; set; } = 64L << 30;

    /// <summary>Records in one batch of a stream of messages.</summary>
    public int MsiBatchRecordsMax { get; set; } = 8192;

    /// <summary>Senders of streams of messages that one VM remembers.</summary>
    public int MsiSendersMax { get; set; } = 64;

    /// <summary>Calls at a time that watch the lines of one VM's vCPUs.</summary>
    public int VcpuWatchesPerVmMax { get; set; } = 64;

    /// <summary>Calls at a time that trace one VM.</summary>
    public int TracersPerVmMax { get; set; } = 8;

    /// <summary>Events of one trace that are kept until its client has read them; the oldest go first.</summary>
    public int TraceEventsMax { get; set; } = 4096;

    /// <summary>Answers of one session that are kept until its VMM says that it has them.</summary>
    public int UnreceivedAnswersMax { get; set; } = 128;

    /// <summary>Bytes of such answers, and of requests that wait, beyond which no further request may come.</summary>
    public int UnreceivedAnswerBytesMax { get; set; } = 16 << 20;

    /// <summary>How long a VMM may take to answer for remote memory, in milliseconds.</summary>
    public int MemoryAnswerMillisecondsMax { get; set; } = 5000;

    /// <summary>Connections at a time, over all addresses; one more is closed as soon as it is made.</summary>
    public int ConnectionsMax { get; set; } = 1024;

    /// <summary>
    /// How many of a VM's last mistakes are kept to be looked at, of each sort; a row of equal ones is one.
    /// </summary>
    public int GuestMistakesKeptMax { get; set; } = 256;
}
