using ItsService.Server.Machines;

namespace ItsService.Server.Memory.Remote;

/// <summary>
/// What one operation has brought of its VM's remote memory, from entry to entry, and its turn to do so. Only one
/// operation at a time has any pages: otherwise one that has to wait for more could take into force what another has
/// found changed since, and undo an INV that the guest was told of.
/// </summary>
/// <param name="turns">Who has the turn.</param>
internal sealed class Fetching(VmGate turns) : IDisposable
{
    private bool _hasTurn;

    /// <summary>What it has; null while it needed nothing.</summary>
    public FetchedMemory? Memory { get; private set; }

    /// <summary>
    /// Waits for its turn. Who has it and no pages goes to the end of the line: what it holds besides are commands,
    /// which stay as they are until they are executed.
    /// </summary>
    /// <exception cref="Grpc.Core.RpcException">The wait was ended.</exception>
    public async ValueTask<FetchedMemory> TakeTurnAsync(CancellationToken patience)
    {
        if (_hasTurn && !Memory!.HasPages)
        {
            LeaveTurn();
        }

        if (!_hasTurn)
        {
            await turns.EnterAsync(patience);
            _hasTurn = true;
        }

        return Memory ??= new FetchedMemory();
    }

    /// <summary>It has no use for what it has, and lets others have their turn.</summary>
    public void Forget()
    {
        Memory = null;
        LeaveTurn();
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    private void LeaveTurn()
    {
        if (_hasTurn)
        {
            _hasTurn = false;
            turns.Leave();
        }
    }
}
