using System.Runtime.CompilerServices;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>
/// One VM of a server, by name. Answers carry the interrupt lines that changed (<c>changed_lines</c>), ordered among
/// one another by their generation.
/// </summary>
public sealed partial class VmHandle
{
    /// <summary>The greatest number of a redistributor region.</summary>
    public const uint RegionIndexMax = 0xFFF;

    private readonly ServiceConnection _connection;

    internal VmHandle(ServiceConnection connection, VmName name)
    {
        _connection = connection;
        Name = name;
    }

    /// <summary>The VM's name.</summary>
    public VmName Name { get; }

    /// <summary>Its shape, its state and its interrupt lines.</summary>
    public Task<Vm> DescribeAsync(CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.VirtualMachines.GetVmAsync(
                new GetVmRequest { Name = Name.Value },
                _connection.Options(cancellationToken)),
            cancellationToken);

    /// <summary>Stops it at a command boundary: guest accesses and messages wait from now on.</summary>
    public Task<Vm> PauseAsync(CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.VirtualMachines.PauseAsync(
                new PauseRequest { Name = Name.Value },
                _connection.Options(cancellationToken)),
            cancellationToken);

    /// <summary>Lets it run again, with what device attributes have staged; refused where that is wrong.</summary>
    public Task<Vm> ResumeAsync(CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.VirtualMachines.ResumeAsync(
                new ResumeRequest { Name = Name.Value },
                _connection.Options(cancellationToken)),
            cancellationToken);

    /// <summary>Puts the interrupt controller into its reset state. Memory and the frames' places stay.</summary>
    public Task<Vm> ResetAsync(CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.VirtualMachines.ResetVmAsync(
                new ResetVmRequest { Name = Name.Value },
                _connection.Options(cancellationToken)),
            cancellationToken);

    /// <summary>Deletes it with its hosted memory.</summary>
    public Task DeleteAsync(CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.VirtualMachines.DeleteVmAsync(
                new DeleteVmRequest { Name = Name.Value },
                _connection.Options(cancellationToken)),
            cancellationToken);

    /// <summary>Adds and removes memory regions, all or none.</summary>
    public Task<Vm> UpdateMemoryAsync(
        IEnumerable<MemoryRegion> add,
        IEnumerable<GuestAddress> removeBases,
        CancellationToken cancellationToken = default)
    {
        var request = new UpdateMemoryRequest { Name = Name.Value };
        request.AddRegions.AddRange(add);
        request.RemoveBases.AddRange(removeBases.Select(address => address.Value));
        var call = _connection.VirtualMachines.UpdateMemoryAsync(request, _connection.Options(cancellationToken));
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>Reads a memory-mapped register in its own width.</summary>
    public Task<ReadRegisterResponse> ReadRegisterAsync(
        RegisterPlace place,
        CancellationToken cancellationToken = default) =>
        ReadRegisterAsync(place, AccessSize.Natural, cancellationToken);

    /// <summary>Reads a memory-mapped register as a guest's load of that size does.</summary>
    public Task<ReadRegisterResponse> ReadRegisterAsync(
        RegisterPlace place,
        AccessSize size,
        CancellationToken cancellationToken = default)
    {
        var request = new ReadRegisterRequest { Vm = Name.Value, Target = place.Target, SizeBytes = size.Bytes };
        var call = _connection.Registers.ReadAsync(request, _connection.Options(cancellationToken));
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>Writes a memory-mapped register in its own width.</summary>
    public Task<WriteRegisterResponse> WriteRegisterAsync(
        RegisterPlace place,
        ulong value,
        CancellationToken cancellationToken = default) =>
        WriteRegisterAsync(place, AccessSize.Natural, value, cancellationToken);

    /// <summary>Writes a memory-mapped register as a guest's store of that size does.</summary>
    public Task<WriteRegisterResponse> WriteRegisterAsync(
        RegisterPlace place,
        AccessSize size,
        ulong value,
        CancellationToken cancellationToken = default)
    {
        var request = new WriteRegisterRequest
        {
            Vm = Name.Value,
            Target = place.Target,
            SizeBytes = size.Bytes,
            Value = value,
        };
        var call = _connection.Registers.WriteAsync(request, _connection.Options(cancellationToken));
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>Writes a memory-mapped register as a device does. It matters to GITS_TRANSLATER alone.</summary>
    public Task<WriteRegisterResponse> WriteRegisterAsync(
        RegisterPlace place,
        AccessSize size,
        ulong value,
        DeviceId device,
        CancellationToken cancellationToken = default)
    {
        var request = new WriteRegisterRequest
        {
            Vm = Name.Value,
            Target = place.Target,
            SizeBytes = size.Bytes,
            Value = value,
            DeviceId = device.Value,
        };
        var call = _connection.Registers.WriteAsync(request, _connection.Options(cancellationToken));
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>Reads a system register of a vCPU's CPU interface. ICC_IAR1_EL1 acknowledges an interrupt.</summary>
    public Task<ReadSystemRegisterResponse> ReadSystemRegisterAsync(
        VcpuIndex vcpu,
        SystemRegisterId register,
        CancellationToken cancellationToken = default)
    {
        var request = new ReadSystemRegisterRequest { Vm = Name.Value, Vcpu = vcpu.Value, Target = register.Target };
        var call = _connection.Registers.ReadSystemRegisterAsync(request, _connection.Options(cancellationToken));
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>Writes a system register of a vCPU's CPU interface.</summary>
    public Task<WriteSystemRegisterResponse> WriteSystemRegisterAsync(
        VcpuIndex vcpu,
        SystemRegisterId register,
        ulong value,
        CancellationToken cancellationToken = default)
    {
        var request = new WriteSystemRegisterRequest
        {
            Vm = Name.Value,
            Vcpu = vcpu.Value,
            Target = register.Target,
            Value = value,
        };
        var call = _connection.Registers.WriteSystemRegisterAsync(request, _connection.Options(cancellationToken));
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>A list of accesses to make in order, in one call.</summary>
    public AccessBatch Batch() => new(_connection, Name);

    /// <summary>A list of commands for an ITS, to put into the guest's queue in one call.</summary>
    public CommandBatch Commands(ItsIndex its) => new(_connection, Name, its);

    /// <summary>The registers of this VM's controller, with their fields.</summary>
    public Task<ListRegistersResponse> ListRegistersAsync(CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.Registers.ListRegistersAsync(
                new ListRegistersRequest { Vm = Name.Value },
                _connection.Options(cancellationToken)),
            cancellationToken);

    /// <summary>Reads guest memory, in as many calls as the server's limit needs.</summary>
    public async Task<byte[]> ReadMemoryAsync(
        GuestAddress address,
        int lengthBytes,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        var bytes = new byte[lengthBytes];
        var chunkMax = await MemoryAccessMaxAsync(cancellationToken);
        for (var done = 0; done < lengthBytes;)
        {
            var chunk = Math.Min(chunkMax, lengthBytes - done);
            var request = new ReadMemoryRequest
            {
                Vm = Name.Value,
                Address = (address + (ulong)done).Value,
                LengthBytes = (ulong)chunk,
            };
            var call = _connection.GuestMemory.ReadAsync(request, _connection.Options(cancellationToken));
            var answer = await _connection.AnswerAsync(call, cancellationToken);
            answer.Data.Span.CopyTo(bytes.AsSpan(done, chunk));
            done += chunk;
        }

        return bytes;
    }

    /// <summary>
    /// The pages of guest memory that the interrupt controller has written. Those of the last answer are forgotten when
    /// <paramref name="received"/> is its number, and told again when not; begin with 0. A VM has one reader of them:
    /// a second one takes what the first has not seen. Ask again while <c>has_more</c> is set. What was written by
    /// calls, <see cref="WriteMemoryAsync"/> and batches among them, is not told.
    /// </summary>
    public Task<DrainDirtyPagesResponse> DrainDirtyPagesAsync(
        ulong received,
        CancellationToken cancellationToken = default)
    {
        var request = new DrainDirtyPagesRequest { Vm = Name.Value, Received = received };
        var call = _connection.GuestMemory.DrainDirtyPagesAsync(request, _connection.Options(cancellationToken));
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>
    /// Writes guest memory, in as many calls as the server's limit needs. One that fails leaves those before it done.
    /// </summary>
    public async Task WriteMemoryAsync(
        GuestAddress address,
        ReadOnlyMemory<byte> data,
        CancellationToken cancellationToken = default)
    {
        var chunkMax = await MemoryAccessMaxAsync(cancellationToken);
        for (var done = 0; done < data.Length;)
        {
            var chunk = Math.Min(chunkMax, data.Length - done);
            var request = new WriteMemoryRequest
            {
                Vm = Name.Value,
                Address = (address + (ulong)done).Value,
                Data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(data.Slice(done, chunk)),
            };
            var call = _connection.GuestMemory.WriteAsync(request, _connection.Options(cancellationToken));
            await _connection.AnswerAsync(call, cancellationToken);
            done += chunk;
        }
    }

    /// <summary>
    /// What the ITSs and the redistributors hold, at one instant, in the order that the service gives.
    /// </summary>
    public async IAsyncEnumerable<TableEntry> DumpTablesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new DumpTablesRequest { Vm = Name.Value };
        var call = _connection.Inspect.DumpTables(request, cancellationToken: cancellationToken);
        await foreach (var answer in _connection.AnswersAsync(call, cancellationToken))
        {
            foreach (var entry in answer.Entries)
            {
                yield return entry;
            }
        }
    }

    /// <summary>
    /// What the guest did wrong: the kept mistakes after a sequence number, oldest first, and the totals of all. A page
    /// that does not end with <c>last_sequence</c> has a next one, after its last mistake.
    /// </summary>
    /// <param name="afterSequence">0, or the last mistake that was seen.</param>
    /// <param name="pageSize">The most mistakes; 0 lets the server choose.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<GetDiagnosticsResponse> GetDiagnosticsAsync(
        ulong afterSequence = 0,
        uint pageSize = 0,
        CancellationToken cancellationToken = default)
    {
        var request = new GetDiagnosticsRequest
        {
            Vm = Name.Value,
            AfterSequence = afterSequence,
            PageSize = pageSize,
        };
        var call = _connection.Inspect.GetDiagnosticsAsync(request, _connection.Options(cancellationToken));
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>Whether a device attribute exists.</summary>
    /// <exception cref="ItsServiceException">
    /// It is wrong in itself: misaligned, or of an ITS or a vCPU that is not there.
    /// </exception>
    public async Task<bool> HasAttributeAsync(
        DeviceAttributeId attribute,
        CancellationToken cancellationToken = default)
    {
        var request = new HasAttributeRequest { Vm = Name.Value, Attribute = attribute.Attribute };
        var call = _connection.DeviceAttributes.HasAttributeAsync(request, _connection.Options(cancellationToken));
        try
        {
            await _connection.AnswerAsync(call, cancellationToken);
            return true;
        }
        catch (ItsServiceException refusal) when (refusal.Reason == ErrorReason.UnknownAttribute)
        {
            return false;
        }
    }

    /// <summary>Reads a device attribute. What was written and is not in force yet reads as it was written.</summary>
    /// <param name="attribute">Which.</param>
    /// <param name="regionIndex">
    /// Of <see cref="DeviceAttributeId.RedistributorRegion"/>, which one, up to <see cref="RegionIndexMax"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index has more bits than a region's.</exception>
    public async Task<ulong> GetAttributeAsync(
        DeviceAttributeId attribute,
        uint regionIndex = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(regionIndex, RegionIndexMax);
        var request = new GetAttributeRequest
        {
            Vm = Name.Value,
            Attribute = attribute.Attribute,
            Value = regionIndex,
        };
        var call = _connection.DeviceAttributes.GetAttributeAsync(request, _connection.Options(cancellationToken));
        return (await _connection.AnswerAsync(call, cancellationToken)).Value;
    }

    /// <summary>
    /// Writes a device attribute, or has an order carried out, which has no value. The VM must be Paused; what depends
    /// on one another may come in any order and is brought into force, or refused, by <see cref="ResumeAsync"/>.
    /// </summary>
    public Task SetAttributeAsync(
        DeviceAttributeId attribute,
        ulong value = 0,
        CancellationToken cancellationToken = default)
    {
        var request = new SetAttributeRequest
        {
            Vm = Name.Value,
            Attribute = attribute.Attribute,
            Value = value,
        };
        return _connection.AnswerAsync(
            _connection.DeviceAttributes.SetAttributeAsync(request, _connection.Options(cancellationToken)),
            cancellationToken);
    }

    private async ValueTask<int> MemoryAccessMaxAsync(CancellationToken cancellationToken)
    {
        var limits = await _connection.LimitsAsync(cancellationToken);
        return (int)Math.Clamp(limits.MemoryAccessBytesMax, 1, int.MaxValue);
    }
}
