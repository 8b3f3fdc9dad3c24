using System.Security.Cryptography;
using ItsService.Server.Errors;

namespace ItsService.Server.Machines;

/// <summary>The names of VMs: <c>vms/{id}</c>.</summary>
internal static class VmName
{
    private const string Prefix = "vms/";
    private const int IdLengthMax = 63;
    private const string AcceptedId =
        "1..63 characters of a-z, 0-9 and '-', the first a letter or a digit";

    /// <summary>The name of the VM with this id.</summary>
    public static string Of(string id) => Prefix + id;

    /// <summary>The id in a name.</summary>
    public static string IdOf(string name) => name[Prefix.Length..];

    /// <summary>An id for a VM whose creator gave none.</summary>
    public static string ChooseId() => $"vm-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>Whether a VM could have this name.</summary>
    public static bool IsName(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && IsId(name.AsSpan(Prefix.Length));

    /// <summary>Notes what is wrong with an id.</summary>
    public static void CheckId(string id, string field, RequestProblems problems)
    {
        if (!IsId(id))
        {
            problems.Add(new Problem(
                V1.ErrorReason.MalformedName, field, $"'{UntrustedText.Shown(id)}' is no id of a VM")
            {
                Accepted = AcceptedId,
            });
        }
    }

    /// <summary>Why no VM has this name: it is empty, or malformed, or simply not there.</summary>
    public static Problem WhyNotFound(string name, string field)
    {
        if (name.Length == 0)
        {
            return new Problem(V1.ErrorReason.Required, field, "the name of a VM is missing") { Accepted = "vms/{vm}" };
        }

        if (!IsName(name))
        {
            return new Problem(V1.ErrorReason.MalformedName, field, $"'{UntrustedText.Shown(name)}' is no name of a VM")
            {
                Accepted = $"vms/{{vm}}, with {AcceptedId}",
            };
        }

        return new Problem(V1.ErrorReason.VmNotFound, field, $"there is no VM '{name}'");
    }

    private static bool IsId(ReadOnlySpan<char> id)
    {
        if (id.Length is 0 or > IdLengthMax || id[0] == '-')
        {
            return false;
        }

        foreach (var character in id)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character != '-')
            {
                return false;
            }
        }

        return true;
    }
}
