namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>The controller's registers up to the doorbells (NVM Express Base Specification 1.3, 3.1).</summary>
internal sealed class NvmeRegisters
{
    private const uint CapabilitiesLow = 0x00;
    private const uint CapabilitiesHigh = 0x04;
    private const uint Version = 0x08;
    private const uint Configuration = 0x14;
    private const uint Status = 0x1C;
    private const uint AdminQueueAttributes = 0x24;
    private const uint SubmissionsLow = 0x28;
    private const uint SubmissionsHigh = 0x2C;
    private const uint CompletionsLow = 0x30;
    private const uint CompletionsHigh = 0x34;

    // MQES, queues in one piece (CQR), ready within 8 s; the NVM command set (CSS), pages of 4 KiB, doorbells side by
    // side.
    private const uint Capabilities0 = (NvmeQueueSet.EntriesMax - 1) | (1 << 16) | (16 << 24);
    private const uint Capabilities1 = 1 << 5;

    private const uint Enable = 1;
    private const uint ShutdownMask = 3 << 14;
    private const uint PageSizeMask = 0xF << 7;
    private const uint Ready = 1;
    private const uint Fatal = 2;
    private const uint ShutdownComplete = 2 << 2;
    private const ulong PageMask = ~0xFFFUL;

    private uint _configuration;
    private uint _status;
    private uint _adminQueueAttributes;
    private ulong _submissions;
    private ulong _completions;

    public bool IsReady => (_status & (Ready | Fatal)) == Ready;

    public ulong AdminSubmissions => _submissions & PageMask;

    public ulong AdminCompletions => _completions & PageMask;

    public uint AdminSubmissionCount => (_adminQueueAttributes & 0xFFF) + 1;

    public uint AdminCompletionCount => ((_adminQueueAttributes >> 16) & 0xFFF) + 1;

    public uint Read(uint offset) => offset switch
    {
        CapabilitiesLow => Capabilities0,
        CapabilitiesHigh => Capabilities1,
        Version => IdentifyPages.SpecificationVersion,
        Configuration => _configuration,
        Status => _status,
        AdminQueueAttributes => _adminQueueAttributes,
        SubmissionsLow => (uint)_submissions,
        SubmissionsHigh => (uint)(_submissions >> 32),
        CompletionsLow => (uint)_completions,
        CompletionsHigh => (uint)(_completions >> 32),
        // INTMS and INTMC are for interrupts other than MSI-X.
        _ => 0,
    };

    public NvmeRegisterEffect Write(uint offset, uint value)
    {
        switch (offset)
        {
            case Configuration:
                return Configure(value);
            case AdminQueueAttributes:
                _adminQueueAttributes = value;
                break;
            case SubmissionsLow:
                _submissions = (_submissions & ~(ulong)uint.MaxValue) | value;
                break;
            case SubmissionsHigh:
                _submissions = (uint)_submissions | ((ulong)value << 32);
                break;
            case CompletionsLow:
                _completions = (_completions & ~(ulong)uint.MaxValue) | value;
                break;
            case CompletionsHigh:
                _completions = (uint)_completions | ((ulong)value << 32);
                break;
        }

        return NvmeRegisterEffect.None;
    }

    /// <summary>A queue is not in RAM: the controller stops, and says so.</summary>
    public void Fail() => _status |= Fatal;

    private NvmeRegisterEffect Configure(uint value)
    {
        var before = _configuration;
        _configuration = value;
        if (((before ^ value) & Enable) != 0)
        {
            return (value & Enable) == 0 ? Disable() : EnableWith(value);
        }

        if ((value & ShutdownMask) != 0 && (before & ShutdownMask) == 0)
        {
            _status |= ShutdownComplete;
            return NvmeRegisterEffect.ShutDown;
        }

        return NvmeRegisterEffect.None;
    }

    private NvmeRegisterEffect Disable()
    {
        _status = 0;
        return NvmeRegisterEffect.Disable;
    }

    private NvmeRegisterEffect EnableWith(uint value)
    {
        // A queue needs two entries at least; pages are of 4 KiB.
        var isWrong = AdminSubmissionCount < 2 || AdminCompletionCount < 2 || (value & PageSizeMask) != 0;
        _status = isWrong ? Fatal : Ready;
        return isWrong ? NvmeRegisterEffect.None : NvmeRegisterEffect.Enable;
    }
}
