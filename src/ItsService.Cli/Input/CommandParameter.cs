namespace ItsService.Cli.Input;

/// <summary>A number that a command takes on the command line, as in "icid=3".</summary>
/// <param name="Name">What stands before "=".</param>
/// <param name="Minimum">The least that is accepted.</param>
/// <param name="Maximum">The most that is accepted.</param>
internal sealed record CommandParameter(string Name, ulong Minimum, ulong Maximum)
{
    /// <summary>Only multiples of this are accepted.</summary>
    public ulong Multiple { get; init; } = 1;

    /// <summary>Whether it may be left out.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether it may be left out with "valid=0", which needs no more than the number to unmap.</summary>
    public bool IsForMapping { get; init; }

    /// <summary>Written in hex where people do so.</summary>
    public bool IsHex { get; init; }

    /// <summary>For a person: "0..65535".</summary>
    public string Accepted
    {
        get
        {
            var range = IsHex ? $"0x{Minimum:x}..0x{Maximum:x}" : $"{Minimum}..{Maximum}";
            return Multiple == 1 ? range : $"{range}, a multiple of 0x{Multiple:x}";
        }
    }

    public bool Accepts(ulong value) => value >= Minimum && value <= Maximum && value % Multiple == 0;
}
