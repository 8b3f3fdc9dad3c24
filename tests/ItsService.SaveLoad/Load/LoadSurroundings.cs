using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Saves;

namespace ItsService.SaveLoad.Load;

/// <summary>What the callers of one run share.</summary>
internal sealed record LoadSurroundings(
    LoadTarget LoadTarget, Books Books, Outstanding Outstanding, Pulse Pulse, LoadFaults Faults);
