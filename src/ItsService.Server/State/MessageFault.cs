namespace ItsService.Server.State;

/// <summary>Why an encoded message is not given to its parser.</summary>
internal enum MessageFault
{
    /// <summary>It may be parsed.</summary>
    None,

    /// <summary>The type has no such field here: a newer one does.</summary>
    Unknown,

    /// <summary>It is no message.</summary>
    Malformed,

    /// <summary>A field that is no list stands in one message twice.</summary>
    Twice,

    /// <summary>A list has more elements than it may.</summary>
    TooMany,
}
