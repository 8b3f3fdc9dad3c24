namespace ItsService.Client.Identifiers;

/// <summary>The resource name of a checkpoint: <c>vms/{id}/checkpoints/{number}</c>.</summary>
public readonly record struct CheckpointName
{
    private const string VmCollection = "vms";
    private const string Collection = "/checkpoints/";

    /// <summary>
    /// Takes a full name ("vms/guest-7/checkpoints/3"), or the VM's id and the number ("guest-7/3"). What is neither is
    /// left to the server as it is.
    /// </summary>
    public CheckpointName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var parts = name.Split('/');
        Value = parts is [not VmCollection, _] ? $"{new VmName(parts[0])}{Collection}{parts[1]}" : name;
    }

    /// <summary>The full name: "vms/guest-7/checkpoints/3".</summary>
    public string Value { get; }

    /// <summary>The full name.</summary>
    public override string ToString() => Value;
}
