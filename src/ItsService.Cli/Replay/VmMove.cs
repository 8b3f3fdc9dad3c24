using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Replay;

/// <summary>Makes a second VM of one: its memory, and its interrupt controller by one of the two ways.</summary>
/// <param name="byExport">By registers and the tables in guest memory; otherwise by a saved state.</param>
internal sealed class VmMove(bool byExport)
{
    /// <summary>The copy, which is Paused, as the original is from now on.</summary>
    public async Task<VmHandle> CopyAsync(
        ItsClient client,
        VmHandle original,
        string id,
        HashSet<ulong> written,
        CancellationToken cancellationToken)
    {
        var options = new SaveOptions { StayPaused = true };
        var exported = byExport ? await original.ExportAsync(options, cancellationToken) : null;
        var saved = byExport ? null : await original.SaveAsync(options, cancellationToken);
        var spec = (await original.DescribeAsync(cancellationToken)).Spec;
        var copy = await client.CreateVmAsync(
            new CreateVmRequest { VmId = id, Spec = spec, StartPaused = true }, cancellationToken);
        try
        {
            await CopyMemoryAsync(original, copy, written, cancellationToken);
            _ = exported is not null
                ? await copy.ImportAsync(exported.State, cancellationToken)
                : await copy.RestoreAsync(saved!.State, cancellationToken);
            return copy;
        }
        catch
        {
            await copy.DeleteAsync(CancellationToken.None);
            throw;
        }
    }

    private static async Task CopyMemoryAsync(
        VmHandle original, VmHandle copy, HashSet<ulong> written, CancellationToken cancellationToken)
    {
        var received = 0UL;
        DrainDirtyPagesResponse answer;
        do
        {
            answer = await original.DrainDirtyPagesAsync(received, cancellationToken);
            received = answer.Answer;
            foreach (var range in answer.Ranges)
            {
                written.UnionWith(MemoryPieces.Of(range.Address, range.LengthBytes));
            }
        }
        while (answer.HasMore);

        foreach (var piece in written)
        {
            var address = new GuestAddress(piece * MemoryPieces.SizeBytes);
            var bytes = await original.ReadMemoryAsync(address, (int)MemoryPieces.SizeBytes, cancellationToken);
            if (bytes.AsSpan().ContainsAnyExcept((byte)0))
            {
                await copy.WriteMemoryAsync(address, bytes, cancellationToken);
            }
        }
    }
}
