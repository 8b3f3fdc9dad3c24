using ItsService.Server.Machines;

namespace ItsService.Server.Levels;

/// <summary>Moves lines, in order and in one entry into the gate.</summary>
internal readonly struct SetLevelsOperation(LineMove[] moves) : IVmOperation<V1.SetLevelsResponse>
{
    public V1.SetLevelsResponse Run(VmContent vm)
    {
        LineMoves.Make(vm, moves);
        var response = new V1.SetLevelsResponse();
        vm.Lines.Drain(response.ChangedLines);
        return response;
    }
}
