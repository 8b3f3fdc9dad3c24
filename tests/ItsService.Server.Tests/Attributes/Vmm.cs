using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Attributes;

/// <summary>
/// A VMM by the orders in which it saves and restores a kernel's interrupt controller. It knows nothing of what is
/// staged here: it reads what it reads, keeps it, and writes it in its order.
/// </summary>
internal sealed class Vmm
{
    private static readonly uint[] RedistributorBases =
    [
        RegisterOffset.GicrPropbaser, RegisterOffset.GicrPropbaser + 4,
        RegisterOffset.GicrPendbaser, RegisterOffset.GicrPendbaser + 4,
    ];

    // GICR_CTLR is not among them: QEMU writes it when all have their bases.
    private static readonly uint[] RedistributorRest =
    [
        RegisterOffset.GicrWaker, 0x1_0080, 0x1_0100, 0x1_0C00, 0x1_0C04, 0x1_0200, 0x1_0300,
        .. Enumerable.Range(0, 8).Select(number => 0x1_0400 + (uint)(number * 4)),
    ];

    private static readonly uint[] SystemRegisters =
        [0xC665, 0xC664, 0xC666, 0xC667, 0xC230, 0xC643, 0xC663, 0xC644, 0xC648];

    private static readonly ulong[] Tables = [.. Enumerable.Range(0, 8).Select(RegisterOffset.GitsBaser)];

    private static readonly DeviceAttribute[] OrderOfTheIts =
    [
        Gits(RegisterOffset.GitsIidr), Gits(RegisterOffset.GitsCbaser), Gits(RegisterOffset.GitsCreadr),
        Gits(RegisterOffset.GitsCwriter), .. Tables.Select(offset => Gits(offset)), RestoreTables(),
        Gits(RegisterOffset.GitsCtlr),
    ];

    private readonly DeviceAttribute[] _saveTables;
    private readonly DeviceAttribute[] _read;
    private readonly DeviceAttribute[] _write;

    private Vmm(DeviceAttribute[] saveTables, DeviceAttribute[] read, DeviceAttribute[] write) =>
        (_saveTables, _read, _write) = (saveTables, read, write);

    /// <summary>
    /// QEMU. As the VM stops: tables, pending tables. Restore: bases of all redistributors, GICR_CTLR and the rest of
    /// each, the distributor, CPU interfaces; then the ITS, GITS_CTLR last.
    /// </summary>
    public static Vmm Qemu(uint vcpuCount)
    {
        var vcpus = Enumerable.Range(0, (int)vcpuCount).Select(vcpu => (uint)vcpu).ToArray();
        DeviceAttribute[] gic =
        [
            .. vcpus.SelectMany(vcpu => RedistributorBases.Select(offset => Gicr(vcpu, offset))),
            .. vcpus.Select(vcpu => Gicr(vcpu, RegisterOffset.GicrCtlr)),
            .. vcpus.SelectMany(vcpu => RedistributorRest.Select(offset => Gicr(vcpu, offset))),
            Gicd(RegisterOffset.GicdCtlr),
            .. vcpus.SelectMany(vcpu => SystemRegisters.Select(register => Icc(vcpu, register))),
        ];
        DeviceAttribute[] readIts =
        [
            .. Tables.Select(offset => Gits(offset)), Gits(RegisterOffset.GitsCtlr), Gits(RegisterOffset.GitsCbaser),
            Gits(RegisterOffset.GitsCreadr), Gits(RegisterOffset.GitsCwriter), Gits(RegisterOffset.GitsIidr),
        ];
        return new Vmm([SaveTables(), SavePendingTables], [.. gic, .. readIts], [.. gic, .. OrderOfTheIts]);
    }

    /// <summary>
    /// Firecracker. Save: pending tables, tables, then redistributor and ICC registers of each vCPU, the ITS, the
    /// distributor. Restore: the distributor, redistributor and ICC registers of each vCPU, the ITS.
    /// </summary>
    public static Vmm Firecracker(uint vcpuCount)
    {
        var ofVcpus = Enumerable.Range(0, (int)vcpuCount).Select(vcpu => (uint)vcpu).SelectMany(vcpu =>
            RedistributorBases.Append(RegisterOffset.GicrCtlr).Concat(RedistributorRest)
                .Select(offset => Gicr(vcpu, offset))
                .Concat(SystemRegisters.Select(register => Icc(vcpu, register)))).ToArray();
        DeviceAttribute[] distributor = [Gicd(RegisterOffset.GicdCtlr)];
        DeviceAttribute[] readIts =
        [
            .. Tables.Select(offset => Gits(offset)), Gits(RegisterOffset.GitsCtlr), Gits(RegisterOffset.GitsCbaser),
            Gits(RegisterOffset.GitsCreadr), Gits(RegisterOffset.GitsCwriter), Gits(RegisterOffset.GitsIidr),
        ];
        return new Vmm(
            [SavePendingTables, SaveTables()],
            [.. ofVcpus, .. readIts, .. distributor],
            [.. distributor, .. ofVcpus, .. OrderOfTheIts]);
    }

    /// <summary>Saves a Paused VM: tables into its memory, and its registers.</summary>
    public async Task<Dictionary<DeviceAttribute, ulong>> SaveAsync(Guest guest)
    {
        foreach (var order in _saveTables)
        {
            await guest.SetAttributeAsync(order);
        }

        var state = new Dictionary<DeviceAttribute, ulong>();
        foreach (var attribute in _read)
        {
            state[attribute] = await guest.GetAttributeAsync(attribute);
        }

        return state;
    }

    /// <summary>Restores it into a Paused VM whose memory is there already.</summary>
    public async Task RestoreAsync(Guest guest, Dictionary<DeviceAttribute, ulong> state)
    {
        foreach (var attribute in _write)
        {
            await guest.SetAttributeAsync(attribute, state.GetValueOrDefault(attribute));
        }
    }
}
