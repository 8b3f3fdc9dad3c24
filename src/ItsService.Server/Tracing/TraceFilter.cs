using Google.Protobuf.Collections;
using ItsService.Core.Tracing;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Tracing;

/// <summary>Which events one who traces wants. Asked inside the VM's gate, once for each event.</summary>
internal sealed class TraceFilter
{
    /// <summary>The most values of one filter.</summary>
    public const int ValuesMax = 256;

    private readonly uint _kinds = uint.MaxValue;
    private readonly HashSet<uint>? _its;
    private readonly HashSet<uint>? _devices;
    private readonly HashSet<uint>? _events;
    private readonly HashSet<uint>? _intIds;
    private readonly HashSet<uint>? _vcpus;
    private readonly bool _looksAtSubject;

    private TraceFilter(V1.TraceRequest request)
    {
        _kinds = request.Kinds.Count == 0 ? uint.MaxValue : 0;
        foreach (var kind in request.Kinds)
        {
            _kinds |= 1u << (int)kind;
        }

        _its = SetOf(request.Its);
        _devices = SetOf(request.DeviceIds);
        _events = SetOf(request.EventIds);
        _intIds = SetOf(request.IntIds);
        _vcpus = SetOf(request.Vcpus);
        _looksAtSubject = (_its ?? _devices ?? _events ?? _intIds ?? _vcpus) is not null;
    }

    /// <summary>From a request.</summary>
    /// <exception cref="Grpc.Core.RpcException">A filter has too many values, or one that none can have.</exception>
    public static TraceFilter Read(VmHost vm, V1.TraceRequest request)
    {
        var problems = new RequestProblems(vm.Name);
        CheckCount(request.Kinds.Count, "kinds", problems);
        CheckCount(request.Its.Count, "its", problems);
        CheckCount(request.DeviceIds.Count, "device_ids", problems);
        CheckCount(request.EventIds.Count, "event_ids", problems);
        CheckCount(request.IntIds.Count, "int_ids", problems);
        CheckCount(request.Vcpus.Count, "vcpus", problems);
        problems.ThrowIfAny();
        CheckKinds(request.Kinds, problems);
        CheckIndexes(request.Its, vm.Shape.ItsCount, "ITS", "its", problems);
        CheckIndexes(request.Vcpus, vm.Shape.Affinities.Count, "vCPU", "vcpus", problems);
        problems.ThrowIfAny();
        return new TraceFilter(request);
    }

    /// <summary>Whether an event passes.</summary>
    public bool Passes(in TraceEvent traced)
    {
        if ((_kinds & (1u << (int)TraceWords.KindOf(traced.Kind))) == 0)
        {
            return false;
        }

        if (!_looksAtSubject)
        {
            return true;
        }

        var subject = TraceSubject.Of(traced);
        return Passes(_its, subject.Its)
            && Passes(_devices, subject.Device)
            && Passes(_events, subject.Event)
            && Passes(_intIds, subject.IntId)
            && Passes(_vcpus, subject.Vcpu);
    }

    private static bool Passes(HashSet<uint>? wanted, uint? value) =>
        wanted is null || (value is { } present && wanted.Contains(present));

    private static HashSet<uint>? SetOf(RepeatedField<uint> values) => values.Count == 0 ? null : [.. values];

    private static void CheckCount(int count, string field, RequestProblems problems)
    {
        if (count > ValuesMax)
        {
            problems.Add(new Problem(V1.ErrorReason.LimitExceeded, field, $"{count} values")
            {
                Accepted = $"at most {ValuesMax}",
            });
        }
    }

    private static void CheckKinds(RepeatedField<V1.TraceEventKind> kinds, RequestProblems problems)
    {
        for (var index = 0; index < kinds.Count; index++)
        {
            if (kinds[index] == V1.TraceEventKind.Unspecified || !Enum.IsDefined(kinds[index]))
            {
                problems.Add(new Problem(
                    V1.ErrorReason.OutOfRange, $"kinds[{index}]", $"there is no kind {(int)kinds[index]}")
                {
                    Accepted = $"{(int)V1.TraceEventKind.Msi}..{(int)V1.TraceEventKind.Vm}",
                });
            }
        }
    }

    private static void CheckIndexes(
        RepeatedField<uint> values, int count, string what, string field, RequestProblems problems)
    {
        for (var index = 0; index < values.Count; index++)
        {
            IndexCheck.Check(values[index], count, what, FieldPath.Request, $"{field}[{index}]", problems);
        }
    }
}
