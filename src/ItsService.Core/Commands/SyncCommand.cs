namespace ItsService.Core.Commands;

/// <summary>
/// SYNC: the effects of all earlier commands are visible at the redistributor (commands 6.9). Here they are as soon as
/// a command is consumed, so that there is nothing to wait for; RDbase is not checked, as in KVM and QEMU.
/// </summary>
/// <remarks>
/// <code>
/// DW0                                    7:0 opcode 0x05
/// DW2  51:16 RDbase
/// </code>
/// </remarks>
internal readonly record struct SyncCommand : ICommand<SyncCommand>
{
    public static SyncCommand Decode(in CommandPacket packet) => default;

    public CommandResult Execute(InterruptTranslationService service) => CommandResult.Done;
}
