namespace ItsService.Server.Machines;

/// <summary>
/// What a call does inside a VM's gate. A struct, so that a call which need not wait costs no closure and no task. It
/// does not wait for anything, and throws an RpcException only while it has changed nothing.
/// </summary>
/// <typeparam name="TResult">What it answers.</typeparam>
internal interface IVmOperation<TResult>
{
    /// <summary>Runs alone in the VM.</summary>
    TResult Run(VmContent vm);
}
