namespace ItsService.Core.Commands;

/// <summary>
/// One command, decoded. Execution checks everything and reads all the guest memory it needs first, then writes guest
/// memory, then changes state: so a command in error, and one that meets memory that is not resident, has done nothing.
/// </summary>
internal interface ICommand<TSelf>
    where TSelf : struct, ICommand<TSelf>
{
    static abstract TSelf Decode(in CommandPacket packet);

    CommandResult Execute(InterruptTranslationService service);
}
