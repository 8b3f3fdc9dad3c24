namespace ItsService.Core.State;

/// <summary>
/// Gives memory for so many events of a state that is saved. It must not be used for anything else while the state is,
/// and need not be cleared.
/// </summary>
public delegate Memory<EventState> EventMemory(int count);
