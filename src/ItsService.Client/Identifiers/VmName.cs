namespace ItsService.Client.Identifiers;

/// <summary>The resource name of a VM: <c>vms/{id}</c>.</summary>
public readonly record struct VmName
{
    private const string Prefix = "vms/";

    /// <summary>Takes a full name ("vms/guest-7") or the id alone ("guest-7").</summary>
    public VmName(string nameOrId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrId);
        Value = nameOrId.StartsWith(Prefix, StringComparison.Ordinal) ? nameOrId : Prefix + nameOrId;
    }

    /// <summary>The full name: "vms/guest-7".</summary>
    public string Value { get; }

    /// <summary>The last part of the name: "guest-7".</summary>
    public string Id => Value[Prefix.Length..];

    /// <summary>The full name.</summary>
    public override string ToString() => Value;
}
