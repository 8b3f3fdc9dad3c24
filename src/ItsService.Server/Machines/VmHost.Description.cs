using ItsService.Server.Specs;

namespace ItsService.Server.Machines;

/// <summary>The VM as callers are told of it.</summary>
internal sealed partial class VmHost
{
    /// <summary>Describes the VM, in every state.</summary>
    public async Task<V1.Vm> DescribeAsync(CancellationToken call)
    {
        using var entry = await _gate.EnterAsync(call);
        return _isDeleted ? throw Deleted() : DescribeInGate();
    }

    /// <summary>
    /// The VM without its lines and without the lists of its spec, from outside the gate; null once it is deleted.
    /// </summary>
    public V1.Vm? TryGlance()
    {
        if (_isDeleted)
        {
            return null;
        }

        var vm = DescribeState();
        vm.Spec = CompletedSpec.WithoutLists(_content.Spec);
        return vm;
    }

    /// <summary>Describes the VM: inside the gate, or before anybody else knows it.</summary>
    public V1.Vm DescribeInGate()
    {
        var vm = DescribeState();
        vm.Spec = _content.Spec;
        _content.Lines.Show(vm.Lines);
        return vm;
    }

    private V1.Vm DescribeState()
    {
        var fault = _fault;
        return new V1.Vm
        {
            Name = Name,
            Uid = Uid,
            State = fault is not null ? V1.VmState.Faulted
                : _calls.IsPaused ? V1.VmState.Paused
                : V1.VmState.Running,
            Fault = fault ?? "",
        };
    }
}
