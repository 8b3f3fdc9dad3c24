using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Observability.Tests.Load;

/// <summary>A VM that is saved and restored in all three forms, again and again.</summary>
internal static class StateRounds
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public static async Task StartAsync(ItsClient client, Loops loops)
    {
        var vm = await Guest.BootAsync(client, "kept");
        loops.Start("blobs", Pause, _ => BlobAsync(vm, loops.Ending));
        var exported = await Guest.BootAsync(client, "exported");
        loops.Start("exports", Pause, _ => ExportAsync(exported, loops.Ending));
        var pointed = await Guest.BootAsync(client, "pointed");
        loops.Start("checkpoints", Pause, _ => CheckpointAsync(client, pointed, loops.Ending));
    }

    private static async Task BlobAsync(VmHandle vm, CancellationToken ending)
    {
        var saved = await vm.SaveAsync(new SaveOptions { StayPaused = true }, ending);
        await vm.RestoreAsync(saved.State, ending);
        await vm.ResumeAsync(ending);
    }

    private static async Task ExportAsync(VmHandle vm, CancellationToken ending)
    {
        var exported = await vm.ExportAsync(new SaveOptions { StayPaused = true }, ending);
        await vm.ResetAsync(ending);
        await vm.ImportAsync(exported.State, ending);
        await vm.ResumeAsync(ending);
    }

    private static async Task CheckpointAsync(ItsClient client, VmHandle vm, CancellationToken ending)
    {
        var made = await client.Checkpoints.CreateAsync(vm.Name, new SaveOptions { StayPaused = true }, ending);
        var name = new CheckpointName(made.Checkpoint.Name);
        await client.Checkpoints.RestoreAsync(name, vm.Name, ending);
        await vm.ResumeAsync(ending);
        await client.Checkpoints.DeleteAsync(name, ending);
    }
}
