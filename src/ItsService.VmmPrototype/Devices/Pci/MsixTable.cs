namespace ItsService.VmmPrototype.Devices.Pci;

/// <summary>
/// A function's MSI-X table and pending bits (PCI Express Base Specification, 7.7.2). What is signalled while it is
/// masked is sent when it is unmasked.
/// </summary>
internal sealed class MsixTable(int vectorCount, MsiSender send)
{
    public const int EntryBytes = 16;

    private const int AddressLow = 0;
    private const int AddressHigh = 4;
    private const int Data = 8;
    private const int Control = 12;
    private const uint Masked = 1;

    private readonly Vector[] _vectors = [.. Enumerable.Repeat(new Vector { Control = Masked }, vectorCount)];
    private bool _isEnabled;
    private bool _isFunctionMasked;

    public int VectorCount => vectorCount;

    /// <summary>Message Control: MSI-X Enable and Function Mask.</summary>
    public void Configure(bool isEnabled, bool isFunctionMasked)
    {
        _isEnabled = isEnabled;
        _isFunctionMasked = isFunctionMasked;
        for (var number = 0; number < vectorCount; number++)
        {
            SendPending(number);
        }
    }

    /// <summary>The function wants this vector's message to be sent.</summary>
    public void Signal(int number)
    {
        if (_isEnabled && number < vectorCount)
        {
            _vectors[number].IsPending = true;
            SendPending(number);
        }
    }

    public uint Read(int offset)
    {
        ref var vector = ref _vectors[offset / EntryBytes];
        return (offset % EntryBytes) switch
        {
            AddressLow => vector.AddressLow,
            AddressHigh => vector.AddressHigh,
            Data => vector.Data,
            _ => vector.Control,
        };
    }

    public void Write(int offset, uint value)
    {
        ref var vector = ref _vectors[offset / EntryBytes];
        switch (offset % EntryBytes)
        {
            case AddressLow:
                vector.AddressLow = value & ~3u;
                break;
            case AddressHigh:
                vector.AddressHigh = value;
                break;
            case Data:
                vector.Data = value;
                break;
            default:
                vector.Control = value & Masked;
                SendPending(offset / EntryBytes);
                break;
        }
    }

    /// <summary>32 of the pending bits.</summary>
    public uint ReadPending(int offset)
    {
        var bits = 0u;
        for (var place = 0; place < 32; place++)
        {
            var number = (offset * 8) + place;
            bits |= number < vectorCount && _vectors[number].IsPending ? 1u << place : 0;
        }

        return bits;
    }

    private void SendPending(int number)
    {
        ref var vector = ref _vectors[number];
        if (vector.IsPending && _isEnabled && !_isFunctionMasked && (vector.Control & Masked) == 0)
        {
            vector.IsPending = false;
            send(((ulong)vector.AddressHigh << 32) | vector.AddressLow, vector.Data);
        }
    }

    private struct Vector
    {
        public uint AddressLow;
        public uint AddressHigh;
        public uint Data;
        public uint Control;
        public bool IsPending;
    }
}
