using ItsService.Server.Memory.Remote;

namespace ItsService.Server.Machines;

/// <summary>How an entry into the gate ended.</summary>
/// <param name="Result">What the operation answers; nothing while memory is missing.</param>
/// <param name="Missing">What it needs before it can enter again; null when it is done.</param>
/// <param name="Written">The last of its writes to remote memory; 0 for none.</param>
internal readonly record struct EntryEnd<TResult>(
    TResult Result, MissingMemoryException? Missing = null, ulong Written = 0);
