namespace ItsService.Server.Accesses;

/// <summary>
/// Where in a request an access stands. The text is put together only when a problem is told: almost all accesses have
/// none.
/// </summary>
internal readonly struct FieldPath
{
    private const int NoIndex = -1;

    private readonly string? _kind;
    private readonly int _index;

    private FieldPath(int index, string kind)
    {
        _index = index;
        _kind = kind;
    }

    /// <summary>The request is the access.</summary>
    public static FieldPath Request => default;

    /// <summary>The access is the request of a session.</summary>
    public static FieldPath InSession(string kind) => new(NoIndex, kind);

    /// <summary>The access is one of a batch.</summary>
    public static FieldPath InBatch(int index, string kind) => new(index, kind);

    /// <summary>The path of a field of the access.</summary>
    public string Of(string field) => _kind is null ? field
        : _index == NoIndex ? $"{_kind}.{field}"
        : $"accesses[{_index}].{_kind}.{field}";
}
