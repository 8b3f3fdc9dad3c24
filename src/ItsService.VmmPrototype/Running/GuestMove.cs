namespace ItsService.VmmPrototype.Running;

/// <summary>One move of a guest's interrupt controller.</summary>
/// <param name="After">The guest's line that it followed; "" where a person asked for it.</param>
/// <param name="Saved">The checkpoint that it went through, or the VM.</param>
/// <param name="StateBytes">How large that is.</param>
/// <param name="Saving">How long it took to save the state and to delete the VM.</param>
/// <param name="Away">How long there was no service.</param>
/// <param name="Restoring">How long it took to restore and to attach.</param>
public sealed record GuestMove(
    string After, string Saved, ulong StateBytes, TimeSpan Saving, TimeSpan Away, TimeSpan Restoring);
