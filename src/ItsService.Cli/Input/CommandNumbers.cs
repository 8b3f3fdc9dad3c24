namespace ItsService.Cli.Input;

/// <summary>The numbers that were given for one command.</summary>
internal sealed class CommandNumbers
{
    private const string ValidName = "valid";

    private readonly Dictionary<string, ulong> _values = [];

    /// <summary>V: 1 unless it was given as 0.</summary>
    public bool IsValid => !_values.TryGetValue(ValidName, out var valid) || valid != 0;

    /// <summary>0 when it was left out.</summary>
    public ulong this[CommandParameter parameter] => _values.GetValueOrDefault(parameter.Name);

    public uint Small(CommandParameter parameter) => (uint)this[parameter];

    public bool Has(CommandParameter parameter) => _values.ContainsKey(parameter.Name);

    /// <summary>False when there is one already.</summary>
    public bool TryAdd(CommandParameter parameter, ulong value) => _values.TryAdd(parameter.Name, value);
}
