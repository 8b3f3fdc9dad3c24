using ItsService.Core.Identifiers;

namespace ItsService.Server.Accesses;

/// <summary>What an access of a batch does.</summary>
internal enum PlannedAccessKind
{
    ReadRegister,
    WriteRegister,
    ReadSystemRegister,
    WriteSystemRegister,
    ReadMemory,
    WriteMemory,
}

/// <summary>One checked access of a batch. Which properties mean something depends on the kind.</summary>
internal readonly record struct PlannedAccess(PlannedAccessKind Kind)
{
    /// <summary>Of a register access.</summary>
    public RegisterPlace Register { get; init; }

    /// <summary>Of a system register access.</summary>
    public SystemRegisterPlace SystemRegister { get; init; }

    /// <summary>What a register or system register is given.</summary>
    public ulong Value { get; init; }

    /// <summary>Who writes a register.</summary>
    public DeviceId? Requester { get; init; }

    /// <summary>Of a memory access.</summary>
    public GuestRange Range { get; init; }

    /// <summary>What memory is given, in the request's own buffer.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }
}
