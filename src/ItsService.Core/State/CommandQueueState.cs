namespace ItsService.Core.State;

/// <summary>The command queue's registers (gits-registers section 8).</summary>
/// <param name="Cbaser">GITS_CBASER.</param>
/// <param name="ReadOffset">GITS_CREADR's offset: the next command to execute.</param>
/// <param name="WriteOffset">GITS_CWRITER's offset: where software writes next.</param>
/// <param name="IsStalled">GITS_CREADR.Stalled.</param>
public sealed record CommandQueueState(ulong Cbaser, uint ReadOffset, uint WriteOffset, bool IsStalled);
