namespace ItsService.Core.Commands;

/// <summary>A command that was executed without an error, as <see cref="CommandHistory"/> keeps it.</summary>
public record struct ExecutedCommand
{
    /// <summary>The command as it stood in the queue.</summary>
    public CommandPacket Command { get; internal set; }

    /// <summary>The number of the ITS that executed it.</summary>
    public int Its { get; internal set; }

    /// <summary>
    /// The sequence number of the newest event of <see cref="Events.EventBuffer"/> by then: so that both have one
    /// order.
    /// </summary>
    public long EventsBefore { get; internal set; }

    /// <summary>The host's mark; 0 until there is one.</summary>
    public long Mark { get; internal set; }
}
