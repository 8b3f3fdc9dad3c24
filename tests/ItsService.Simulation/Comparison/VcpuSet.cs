using System.Collections;

namespace ItsService.Simulation.Comparison;

/// <summary>Some vCPUs, in the order in which they came.</summary>
internal sealed class VcpuSet(int vcpuCount) : IEnumerable<int>
{
    private readonly bool[] _isMember = new bool[vcpuCount];
    private readonly List<int> _members = [];

    /// <summary>Adds one; it may be a member already.</summary>
    public void Add(int vcpu)
    {
        if (!_isMember[vcpu])
        {
            _isMember[vcpu] = true;
            _members.Add(vcpu);
        }
    }

    public List<int>.Enumerator GetEnumerator() => _members.GetEnumerator();

    IEnumerator<int> IEnumerable<int>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
