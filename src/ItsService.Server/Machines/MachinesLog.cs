using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Translation;

namespace ItsService.Server.Machines;

/// <summary>Log lines about VMs: event ids 2000..2099. From 2050 on they are the guest's doing.</summary>
internal static partial class MachinesLog
{
    [LoggerMessage(2000, LogLevel.Information, "{Vm}: created; vCPUs: {VcpuCount}, ITSs: {ItsCount}")]
    public static partial void VmCreated(ILogger logger, string vm, int vcpuCount, int itsCount);

    [LoggerMessage(2001, LogLevel.Information, "{Vm}: deleted")]
    public static partial void VmDeleted(ILogger logger, string vm);

    [LoggerMessage(2002, LogLevel.Error, "{Vm}: faulted by an error of the service; other VMs go on")]
    public static partial void VmFaulted(ILogger logger, string vm, Exception exception);

    [LoggerMessage(2003, LogLevel.Information, "{Vm}: its VMM has not come back within its lease: {Policy}")]
    public static partial void VmOrphaned(ILogger logger, string vm, Protocol.V1.OrphanPolicy policy);

    [LoggerMessage(2050, LogLevel.Warning,
        "{Vm}: ITS {Its}: command {Opcode} at queue offset 0x{QueueOffset:X} is in error: {Error}")]
    public static partial void CommandFailed(
        ILogger logger, string vm, int its, CommandOpcode opcode, uint queueOffset, CommandError error);

    [LoggerMessage(2051, LogLevel.Warning, "{Vm}: ITS {Its}: the command queue stalled at offset 0x{QueueOffset:X}")]
    public static partial void QueueStalled(ILogger logger, string vm, int its, uint queueOffset);

    [LoggerMessage(2052, LogLevel.Debug,
        "{Vm}: ITS {Its}: message of device 0x{Device:X}, event {Event}, was dropped: {Outcome}")]
    public static partial void MsiDropped(
        ILogger logger, string vm, int its, uint device, uint @event, MsiOutcome outcome);

    [LoggerMessage(2053, LogLevel.Warning, "{Vm}: vCPU {Vcpu}: {Problem} (LPI {Lpi})")]
    public static partial void RedistributorMemoryFailed(
        ILogger logger, string vm, int vcpu, GicEventKind problem, uint lpi);

    [LoggerMessage(2054, LogLevel.Debug,
        "{Vm}: vCPU {Vcpu}: INTID {IntId}, which GICR_SETLPIR named, was dropped: {Outcome}")]
    public static partial void DirectLpiDropped(ILogger logger, string vm, int vcpu, uint intId, MsiOutcome outcome);

    [LoggerMessage(2055, LogLevel.Debug,
        "{Vm}: ITS {Its}: a write of {SizeBytes} bytes at 0x{Offset:X} is no message")]
    public static partial void DoorbellWriteIgnored(ILogger logger, string vm, int its, int offset, int sizeBytes);

    [LoggerMessage(2056, LogLevel.Warning,
        "{Vm}: vCPU {Vcpu}: {Problem}, pending LPIs lost: {Count}")]
    public static partial void PendingLpisLost(
        ILogger logger, string vm, int vcpu, GicEventKind problem, int count);

    [LoggerMessage(2057, LogLevel.Warning,
        "{Vm}: commands wait for remote memory for which the VMM does not answer")]
    public static partial void CommandsWaitForMemory(ILogger logger, string vm);

    [LoggerMessage(2060, LogLevel.Warning, "{Vm}: {Count} more lines about its guest were left out")]
    public static partial void MistakesLeftOut(ILogger logger, string vm, long count);
}
