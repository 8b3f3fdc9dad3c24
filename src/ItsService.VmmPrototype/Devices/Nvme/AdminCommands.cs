using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>The admin commands: queues, what the controller is, features.</summary>
internal sealed class AdminCommands(GuestRam ram, NvmeDisk disk, NvmeQueueSet queues, int vectorCount, ushort vendor)
{
    private const byte DeleteSubmissionQueue = 0x00;
    private const byte CreateSubmissionQueue = 0x01;
    private const byte GetLogPage = 0x02;
    private const byte DeleteCompletionQueue = 0x04;
    private const byte CreateCompletionQueue = 0x05;
    private const byte Identify = 0x06;
    private const byte Abort = 0x08;
    private const byte SetFeatures = 0x09;
    private const byte GetFeatures = 0x0A;
    private const byte AsynchronousEventRequest = 0x0C;

    private const uint Contiguous = 1;
    private const uint InterruptsEnabled = 2;
    private const uint NotAborted = 1;
    private const uint FeatureVolatileWriteCache = 6;
    private const uint FeatureNumberOfQueues = 7;
    private const uint FeatureEventConfiguration = 11;
    private const int LogBytesMax = 4096;

    private readonly Dictionary<uint, uint> _features = [];

    public NvmeResult Execute(NvmeCommand command) => command.UsesPrps ? Dispatch(command) : NvmeStatus.InvalidField;

    /// <summary>The features as they are after a reset.</summary>
    public void Reset() => _features.Clear();

    private NvmeResult Dispatch(NvmeCommand command) => command.Opcode switch
    {
        DeleteSubmissionQueue => queues.DeleteSubmission(command.Word10 & 0xFFFF),
        CreateSubmissionQueue => CreateSubmission(command),
        GetLogPage => SendLogPage(command),
        DeleteCompletionQueue => queues.DeleteCompletion(command.Word10 & 0xFFFF),
        CreateCompletionQueue => CreateCompletion(command),
        Identify => SendIdentity(command),
        // All commands end before the next is read: there is nothing to abort.
        Abort => new NvmeResult(NvmeStatus.Success, NotAborted),
        SetFeatures => SetFeature(command),
        GetFeatures => GetFeature(command),
        // Nothing ever happens that would be told.
        AsynchronousEventRequest => new NvmeResult(NvmeStatus.Success, StaysOpen: true),
        _ => NvmeStatus.InvalidOpcode,
    };

    private NvmeStatus CreateCompletion(NvmeCommand command)
    {
        var vector = (int)(command.Word11 >> 16);
        var hasInterrupts = (command.Word11 & InterruptsEnabled) != 0;
        if ((command.Word11 & Contiguous) == 0 || command.Prp1 % PrpList.PageBytes != 0)
        {
            return NvmeStatus.InvalidField;
        }

        return hasInterrupts && vector >= vectorCount ? NvmeStatus.InvalidInterruptVector
            : queues.CreateCompletion(
                (ushort)command.Word10, command.Prp1, (command.Word10 >> 16) + 1, hasInterrupts ? vector : null);
    }

    private NvmeStatus CreateSubmission(NvmeCommand command) =>
        (command.Word11 & Contiguous) == 0 || command.Prp1 % PrpList.PageBytes != 0 ? NvmeStatus.InvalidField
            : queues.CreateSubmission(
                (ushort)command.Word10,
                command.Prp1,
                (command.Word10 >> 16) + 1,
                (ushort)(command.Word11 >> 16));

    private NvmeStatus SendIdentity(NvmeCommand command) =>
        IdentifyPages.Find((byte)command.Word10, command.NamespaceId, vendor, disk) is { } page
            ? Send(command, page)
            : NvmeStatus.InvalidField;

    // Errors, health and firmware: there is nothing to tell, which the pages tell with zeros.
    private NvmeStatus SendLogPage(NvmeCommand command)
    {
        var lengthBytes = 4 * ((((ulong)command.Word11 & 0xFFFF) << 16) + (command.Word10 >> 16) + 1);
        return (command.Word10 & 0xFF) is < 1 or > 3 ? NvmeStatus.InvalidLogPage
            : lengthBytes > LogBytesMax ? NvmeStatus.InvalidField
            : Send(command, new byte[lengthBytes]);
    }

    private NvmeResult SetFeature(NvmeCommand command)
    {
        var feature = command.Word10 & 0xFF;
        switch (feature)
        {
            case FeatureNumberOfQueues:
                return new NvmeResult(NvmeStatus.Success, QueuesGiven(command.Word11));
            case FeatureVolatileWriteCache:
            case FeatureEventConfiguration:
                _features[feature] = command.Word11;
                return NvmeStatus.Success;
            default:
                return NvmeStatus.InvalidField;
        }
    }

    private NvmeResult GetFeature(NvmeCommand command) => (command.Word10 & 0xFF) switch
    {
        FeatureNumberOfQueues => new NvmeResult(NvmeStatus.Success, QueuesGiven(uint.MaxValue)),
        FeatureVolatileWriteCache => Feature(FeatureVolatileWriteCache, afterReset: 1),
        FeatureEventConfiguration => Feature(FeatureEventConfiguration, afterReset: 0),
        _ => NvmeStatus.InvalidField,
    };

    private NvmeResult Feature(uint feature, uint afterReset) =>
        new(NvmeStatus.Success, _features.GetValueOrDefault(feature, afterReset));

    // Both counts are one less than the number.
    private uint QueuesGiven(uint asked)
    {
        var most = (uint)queues.IoQueuesMax - 1;
        return (Math.Min(asked >> 16, most) << 16) | Math.Min(asked & 0xFFFF, most);
    }

    private NvmeStatus Send(NvmeCommand command, byte[] data) => PrpList.Move(
        ram, command, data.Length, (guest, offset) => data.AsSpan(offset, guest.Length).CopyTo(guest));
}
