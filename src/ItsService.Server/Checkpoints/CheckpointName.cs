using System.Globalization;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Checkpoints;

/// <summary>
/// The name of a checkpoint, <c>vms/{vm}/checkpoints/{number}</c>, and that of its file,
/// <c>{vm}.{number}.checkpoint</c>. A VM's id has no dot and no slash, so that neither can be mistaken for another.
/// </summary>
/// <param name="Vm">"vms/{vm}".</param>
/// <param name="Number">From 1 on.</param>
internal readonly record struct CheckpointName(string Vm, long Number) : IComparable<CheckpointName>
{
    private const string Collection = "/checkpoints/";
    private const string FileEnding = ".checkpoint";
    private const string UnfinishedEnding = ".part";

    /// <summary>What a name looks like.</summary>
    public const string Accepted = "vms/{vm}/checkpoints/{number}";

    /// <summary>The name of its file.</summary>
    public string FileName => $"{VmName.IdOf(Vm)}.{NumberText}{FileEnding}";

    /// <summary>The name of its file while it is being written.</summary>
    public string UnfinishedFileName => FileName + UnfinishedEnding;

    private string NumberText => Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The checkpoint of that name; false when there can be none.</summary>
    public static bool TryParse(string text, out CheckpointName name)
    {
        var at = text.IndexOf(Collection, StringComparison.Ordinal);
        return TryMake(at < 0 ? "" : text[..at], at < 0 ? "" : text[(at + Collection.Length)..], out name);
    }

    /// <summary>The VM that a name is of, or of whose checkpoint it is; nothing is checked.</summary>
    public static string VmOf(string text)
    {
        var at = text.IndexOf(Collection, StringComparison.Ordinal);
        return at < 0 ? text : text[..at];
    }

    /// <summary>The checkpoint that a file of that name holds; false when it is another file.</summary>
    public static bool TryParseFileName(string file, out CheckpointName name)
    {
        name = default;
        var dot = file.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && file.EndsWith(FileEnding, StringComparison.Ordinal)
            && dot < file.Length - FileEnding.Length
            && TryMake(VmName.Of(file[..dot]), file[(dot + 1)..^FileEnding.Length], out name);
    }

    /// <summary>Whether a file is one that somebody began to write and has not finished.</summary>
    public static bool IsUnfinished(string file) =>
        file.EndsWith(UnfinishedEnding, StringComparison.Ordinal)
        && TryParseFileName(file[..^UnfinishedEnding.Length], out _);

    /// <summary>The checkpoint that a request names; refuses the request when there can be none.</summary>
    public static CheckpointName Read(string text, string field)
    {
        if (TryParse(text, out var name))
        {
            return name;
        }

        throw Refusal.Of(UntrustedText.Shown(text), text.Length == 0
            ? new Problem(V1.ErrorReason.Required, field, "the name of a checkpoint is missing") { Accepted = Accepted }
            : new Problem(
                V1.ErrorReason.MalformedName, field, $"'{UntrustedText.Shown(text)}' is no name of a checkpoint")
            {
                Accepted = $"{Accepted}, with a number from 1 on",
            });
    }

    /// <summary>By the VM's name, then by number.</summary>
    public int CompareTo(CheckpointName other) =>
        string.CompareOrdinal(Vm, other.Vm) is var byVm and not 0 ? byVm : Number.CompareTo(other.Number);

    /// <summary>"vms/{vm}/checkpoints/{number}".</summary>
    public override string ToString() => $"{Vm}{Collection}{NumberText}";

    // Only as this service writes it: there is one name for one checkpoint.
    private static bool TryMake(string vm, string number, out CheckpointName name)
    {
        var isNumber = long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        name = new CheckpointName(vm, value);
        return isNumber && number[0] != '0' && VmName.IsName(vm);
    }
}
