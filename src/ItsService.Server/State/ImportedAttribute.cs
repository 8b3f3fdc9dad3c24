using ItsService.Server.Attributes;

namespace ItsService.Server.State;

/// <summary>An attribute of a list that is imported.</summary>
/// <param name="Index">Its number in the list.</param>
/// <param name="Place">Which it is.</param>
/// <param name="Value">What it is set to.</param>
internal readonly record struct ImportedAttribute(int Index, AttributePlace Place, ulong Value)
{
    /// <summary>Its path in the request.</summary>
    public string Path => PathOf(Index);

    /// <summary>The path of the attribute of that number.</summary>
    public static string PathOf(int index) => $"state.attributes[{index}]";
}
