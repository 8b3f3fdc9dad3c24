using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>One value in which the two controllers are not alike.</summary>
internal abstract record Mismatch
{
    /// <summary>What kind of value it is: the same for like mismatches of different sequences.</summary>
    public abstract string Where { get; }

    /// <summary>What the service says.</summary>
    public abstract string OfService { get; }

    /// <summary>What QEMU says.</summary>
    public abstract string OfQemu { get; }
}

/// <summary>A register, read because it might have changed.</summary>
internal sealed record RegisterMismatch(ComparedRegister Register, ulong Service, ulong Qemu) : Mismatch
{
    public ulong DifferentBits => Service ^ Qemu;

    public override string Where => Register.Name;

    public override string OfService => $"0x{Service:x}";

    public override string OfQemu => $"0x{Qemu:x}";
}

/// <summary>A register that the guest read.</summary>
internal sealed record AccessMismatch(ulong Address, int SizeBytes, ulong Service, ulong Qemu) : Mismatch
{
    public override string Where => $"{SizeBytes}-byte read of {RegisterNames.Of(Address)}";

    public override string OfService => $"0x{Service:x}";

    public override string OfQemu => $"0x{Qemu:x}";
}

/// <summary>GITS_CREADR: how far the queue was read, and whether it is stalled.</summary>
internal sealed record ReadPointerMismatch(ulong Service, ulong Qemu) : Mismatch
{
    private const ulong Stalled = 1;

    /// <summary>The command at which QEMU is stalled, when it is, and when that command lies in RAM.</summary>
    public CommandSlot? QemuStalledAt { get; init; }

    /// <summary>Whether that command comes upon an entry of a table outside RAM.</summary>
    public bool MeetsEntryOutsideRam { get; init; }

    /// <summary>Whether the slot at which the service is stalled lies outside RAM.</summary>
    public bool ServiceSlotIsOutsideRam { get; init; }

    public bool ServiceIsStalled => (Service & Stalled) != 0;

    public bool QemuIsStalled => (Qemu & Stalled) != 0;

    public bool HasSameOffset => (Service & ~Stalled) == (Qemu & ~Stalled);

    public override string Where => "GITS_CREADR";

    public override string OfService => $"0x{Service:x}";

    public override string OfQemu =>
        QemuStalledAt is { } command ? $"0x{Qemu:x}, stalled at {command}" : $"0x{Qemu:x}";
}

/// <summary>The CPU that a collection targets.</summary>
internal sealed record CollectionMismatch(uint Icid, int? Service, int? Qemu) : Mismatch
{
    public override string Where => "collection";

    public override string OfService => $"ICID {Icid}: {Text(Service)}";

    public override string OfQemu => $"ICID {Icid}: {Text(Qemu)}";

    private static string Text(int? cpu) => cpu is { } mapped ? $"CPU {mapped}" : "not mapped";
}

/// <summary>The ITT of a device.</summary>
internal sealed record DeviceMismatch(uint Device, MappedDevice? Service, MappedDevice? Qemu) : Mismatch
{
    public override string Where => "device";

    public override string OfService => $"device {Device}: {Service?.ToString() ?? "not mapped"}";

    public override string OfQemu => $"device {Device}: {Qemu?.ToString() ?? "not mapped"}";
}

/// <summary>What an event of a device maps to that both have alike.</summary>
internal sealed record EventMismatch(
    uint Device, MappedDevice Mapping, uint Event, MappedEvent? Service, MappedEvent? Qemu) : Mismatch
{
    public override string Where => "event";

    public override string OfService => $"device {Device} event {Event}: {Service?.ToString() ?? "not mapped"}";

    public override string OfQemu => $"device {Device} event {Event}: {Qemu?.ToString() ?? "not mapped"}";
}

/// <summary>The pending LPIs of a CPU.</summary>
internal sealed record PendingMismatch(
    int Cpu, IReadOnlyList<uint> OnlyService, IReadOnlyList<uint> OnlyQemu) : Mismatch
{
    private const int Listed = 20;

    public override string Where => (OnlyService, OnlyQemu) switch
    {
        ({ Count: > 0 }, []) => "LPIs pending in the service alone",
        ([], _) => "LPIs pending in QEMU alone",
        _ => "LPIs pending in one alone, each its own",
    };

    public override string OfService => Text(OnlyService);

    public override string OfQemu => Text(OnlyQemu);

    private string Text(IReadOnlyList<uint> lpis) => lpis.Count == 0
        ? $"CPU {Cpu} has no LPI pending that the other has not"
        : $"CPU {Cpu} has pending alone: {string.Join(", ", lpis.Take(Listed))}"
            + $"{(lpis.Count > Listed ? $" and {lpis.Count - Listed} more" : "")}";
}

/// <summary>What an operation of a CPU gave.</summary>
internal sealed record CpuMismatch(int Cpu, Qtest.CpuOperation Operation, ulong Service, ulong Qemu) : Mismatch
{
    public override string Where => $"{Operation}";

    public override string OfService => $"CPU {Cpu}: {Service} (0x{Service:x})";

    public override string OfQemu => $"CPU {Cpu}: {Qemu} (0x{Qemu:x})";
}

/// <summary>The order in which a drain took interrupts.</summary>
internal sealed record DrainMismatch(int Cpu, IReadOnlyList<uint> Service, IReadOnlyList<uint> Qemu) : Mismatch
{
    public override string Where => "drain";

    public override string OfService => $"CPU {Cpu}: {string.Join(", ", Service)}";

    public override string OfQemu => $"CPU {Cpu}: {string.Join(", ", Qemu)}";
}
