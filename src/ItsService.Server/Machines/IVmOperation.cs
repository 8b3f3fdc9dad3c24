namespace ItsService.Server.Machines;

/// <summary>
/// What a call does inside a VM's gate. A struct, so that a call which need not wait costs no closure and no task. It
/// does not wait for anything. An RpcException refuses the call and leaves the VM as usable as it was; of a save alone
/// something may be done by then, as its documentation tells.
/// </summary>
/// <typeparam name="TResult">What it answers.</typeparam>
internal interface IVmOperation<TResult>
{
    /// <summary>Runs alone in the VM.</summary>
    TResult Run(VmContent vm);
}
