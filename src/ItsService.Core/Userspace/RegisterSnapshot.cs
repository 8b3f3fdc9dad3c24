using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.Userspace;

/// <summary>The registers that a commit sets, as they were: for one that touches nothing else and is refused.</summary>
internal sealed class RegisterSnapshot
{
    private readonly GicParts _parts;
    private readonly (ItsControlFrameState Frame, CommandQueueState Queue)[] _services;
    private readonly (GicrPropbaser Propbaser, GicrPendbaser Pendbaser)[] _redistributors;

    public RegisterSnapshot(GicParts parts)
    {
        _parts = parts;
        _services = [.. parts.Services.Select(service => (service.ControlFrame.Save(), service.Queue.Save()))];
        _redistributors =
        [
            .. parts.Redistributors.Select(redistributor => (redistributor.Propbaser, redistributor.Pendbaser)),
        ];
    }

    public void Restore()
    {
        for (var number = 0; number < _services.Length; number++)
        {
            _parts.Services[number].ControlFrame.Restore(_services[number].Frame);
            _parts.Services[number].Queue.Restore(_services[number].Queue);
        }

        for (var vcpu = 0; vcpu < _redistributors.Length; vcpu++)
        {
            _parts.Redistributors[vcpu].Propbaser = _redistributors[vcpu].Propbaser;
            _parts.Redistributors[vcpu].Pendbaser = _redistributors[vcpu].Pendbaser;
        }
    }
}
