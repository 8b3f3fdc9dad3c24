namespace ItsService.VmmPrototype.Engine;

/// <summary>The engine's numbers for exceptions.</summary>
internal enum EngineInterrupt
{
    UndefinedInstruction = 1,
    SupervisorCall = 2,
    PrefetchAbort = 3,
    DataAbort = 4,
    Breakpoint = 7,
    HypervisorCall = 11,
    SecureMonitorCall = 13,
}
