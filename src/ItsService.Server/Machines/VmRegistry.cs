using System.Collections.Concurrent;
using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Memory.Shared;
using ItsService.Server.Specs;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Machines;

/// <summary>The VMs of this service, by name.</summary>
internal sealed class VmRegistry(VmSurroundings surroundings)
{
    private readonly ConcurrentDictionary<string, VmHost> _hosts = new(StringComparer.Ordinal);
    private readonly Lock _creating = new();

    // A VM is either among those that there are or has left its totals here.
    private readonly Lock _counting = new();
    private readonly FleetTotals _deleted = new();

    /// <summary>
    /// The VM that a request names in <paramref name="field"/>; refuses the request when there is none.
    /// </summary>
    public VmHost Find(string name, string field) =>
        _hosts.TryGetValue(name, out var host) ? host : throw NotFound(name, field);

    /// <summary>Makes a VM, wholly or not at all.</summary>
    /// <param name="request">What it is asked for.</param>
    /// <param name="peer">Who calls; null where that is not known.</param>
    public V1.Vm Create(V1.CreateVmRequest request, PeerProcess? peer)
    {
        var id = request.VmId.Length == 0 ? VmName.ChooseId() : request.VmId;
        var name = VmName.Of(UntrustedText.Shown(id));
        var problems = new RequestProblems(request.VmId.Length == 0 ? "" : name);
        VmName.CheckId(id, "vm_id", problems);
        var plan = VmSpecReader.Read(request.Spec, surroundings.Limits, problems);
        problems.ThrowIfAny();
        using var files = Open(plan!, peer, problems);

        lock (_creating)
        {
            RefuseUnlessFree(name, "vm_id", problems);
            plan = plan! with { Regions = files.GiveTo(plan.Regions) };
            var host = new VmHost(name, plan, request.StartPaused, surroundings);
            var vm = host.DescribeInGate();
            Add(host);
            return vm;
        }
    }

    /// <summary>The VM of that name; null when there is none.</summary>
    public VmHost? TryFind(string name) => _hosts.GetValueOrDefault(name);

    /// <summary>
    /// Makes a VM, as <see cref="Create"/> does, that nobody finds before <paramref name="complete"/> has ended; where
    /// that fails, nobody ever does.
    /// </summary>
    /// <param name="name">Its name, well formed.</param>
    /// <param name="field">The field of the request that names it.</param>
    /// <param name="plan">The VM.</param>
    /// <param name="peer">Who calls; null where that is not known.</param>
    /// <param name="complete">What is to be done with it first. It is Paused.</param>
    public async Task<T> CreateAsync<T>(
        string name, string field, VmPlan plan, PeerProcess? peer, Func<VmHost, Task<T>> complete)
    {
        RefuseUnlessFree(name, field, new RequestProblems(name));
        using var files = Open(plan, peer, new RequestProblems(name));
        plan = plan with { Regions = files.GiveTo(plan.Regions) };
        var host = new VmHost(name, plan, startPaused: true, surroundings);
        try
        {
            var result = await complete(host);
            lock (_creating)
            {
                RefuseUnlessFree(name, field, new RequestProblems(name));
                Add(host);
            }

            return result;
        }
        catch
        {
            await host.DeleteAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// Ends a VM; calls that wait for it find it gone. Its name is free again when this has ended.
    /// </summary>
    public async Task DeleteAsync(string name, string field, CancellationToken call)
    {
        var host = Find(name, field);
        await host.DeleteAsync(call);
        Remove(host);
        MachinesLog.VmDeleted(surroundings.Logger, name);
    }

    /// <summary>The VMs whose names come after <paramref name="name"/>, in order.</summary>
    public IEnumerable<VmHost> After(string name) =>
        _hosts.Values
            .Where(host => string.CompareOrdinal(host.Name, name) > 0)
            .OrderBy(host => host.Name, StringComparer.Ordinal);

    /// <summary>What can be told of all VMs without waiting for any.</summary>
    public IEnumerable<VmReading> Readings() => _hosts.Values.Select(host => host.Read());

    /// <summary>What has happened in all VMs, those included that are no more.</summary>
    public FleetTotals Totals()
    {
        var totals = new FleetTotals();
        lock (_counting)
        {
            totals.Add(_deleted);
            foreach (var vm in Readings())
            {
                totals.Add(vm.Counters, vm.Mistakes);
            }
        }

        return totals;
    }

    /// <summary>The VMs in order, and what has happened in those that are no more: none is in both.</summary>
    public (IReadOnlyList<VmHost> Hosts, FleetTotals Deleted) Census()
    {
        var totals = new FleetTotals();
        lock (_counting)
        {
            totals.Add(_deleted);
            return ([.. After("")], totals);
        }
    }

    private void Remove(VmHost host)
    {
        lock (_counting)
        {
            if (_hosts.TryRemove(KeyValuePair.Create(host.Name, host)))
            {
                var last = host.Read();
                _deleted.Add(last.Counters, last.Mistakes);
            }
        }
    }

    // Somebody may have deleted it, and made another of its name.
    private async Task DeleteOrphanAsync(VmHost host)
    {
        try
        {
            await host.DeleteAsync(CancellationToken.None);
        }
        catch (RpcException)
        {
            return;
        }

        Remove(host);
        MachinesLog.VmDeleted(surroundings.Logger, host.Name);
    }

    private SharedFiles Open(VmPlan plan, PeerProcess? peer, RequestProblems problems)
    {
        var files = SharedFiles.Open(
            plan.Spec.MemoryRegions, VmSpecReader.MemoryField, surroundings.SharedMemory, peer, problems);
        if (problems.Count > 0)
        {
            files.Dispose();
            problems.ThrowIfAny();
        }

        return files;
    }

    private static RpcException NotFound(string name, string field) =>
        Refusal.Of(UntrustedText.Shown(name), VmName.WhyNotFound(name, field));

    private void Add(VmHost host)
    {
        host.DeleteOrphan = () => DeleteOrphanAsync(host);
        _hosts[host.Name] = host;
        MachinesLog.VmCreated(surroundings.Logger, host.Name, host.Shape.Affinities.Count, host.Shape.ItsCount);
    }

    private void RefuseUnlessFree(string name, string field, RequestProblems problems)
    {
        if (_hosts.ContainsKey(name))
        {
            problems.Add(new Problem(V1.ErrorReason.VmExists, field, $"'{name}' exists already"));
        }
        else if (_hosts.Count >= surroundings.Limits.VmsMax)
        {
            problems.Add(new Problem(
                V1.ErrorReason.LimitExceeded, "", $"the service has the {surroundings.Limits.VmsMax} VMs that it may")
            {
                Accepted = $"at most {surroundings.Limits.VmsMax}; delete one first",
            });
        }

        problems.ThrowIfAny();
    }
}
