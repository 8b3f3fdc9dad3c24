using System.Security.Cryptography;
using System.Text;

namespace ItsService.Server.Sessions;

/// <summary>The secret by which a session is known again.</summary>
internal static class SessionToken
{
    /// <summary>What a caller may choose as one.</summary>
    public const string Accepted = "16..64 characters of A-Z, a-z, 0-9, '-' and '_'";

    private const int LengthMin = 16;
    private const int LengthMax = 64;

    /// <summary>A new one.</summary>
    public static string Choose() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Whether a caller may choose this.</summary>
    public static bool IsWellFormed(string token) =>
        token.Length is >= LengthMin and <= LengthMax
        && token.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    /// <summary>Whether two are the same, in a time that does not tell how much of them is.</summary>
    public static bool AreSame(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
