namespace ItsService.ReferenceModel;

/// <summary>Guest memory as the model sees it. False is a fault, and nothing was done.</summary>
public interface IReferenceMemory
{
    /// <summary>Copies guest memory out.</summary>
    bool TryRead(ulong address, Span<byte> into);

    /// <summary>Copies into guest memory: wholly, or not at all.</summary>
    bool TryWrite(ulong address, ReadOnlySpan<byte> from);

    /// <summary>Whether guest memory holds the whole range and lets it be written.</summary>
    bool CanWrite(ulong address, ulong length);
}
