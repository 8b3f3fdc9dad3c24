using Google.Protobuf;
using ItsService.Client.Identifiers;
using ItsService.Client.Wire;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>
/// Accesses that are made in order in one call. The service checks all of them before it makes the first. One that
/// turns out impossible on the way is among <see cref="BatchResults.Failures"/>; those after it are made nevertheless.
/// </summary>
/// <example>
/// <code>
/// var batch = vm.Batch();
/// batch.WriteMemory(queue, command).Write(RegisterPlace.Named("GITS_CWRITER"), AccessSize.Natural, 0x20);
/// batch.Read(RegisterPlace.Named("GITS_CREADR"), AccessSize.Natural, out var readPointer);
/// var results = await batch.SendAsync();
/// Console.WriteLine(results.Value(readPointer));
/// </code>
/// </example>
public sealed class AccessBatch
{
    private readonly ServiceConnection _connection;
    private readonly EncodedBatch _request;

    internal AccessBatch(ServiceConnection connection, VmName vm)
    {
        _connection = connection;
        _request = new EncodedBatch(vm.Value);
    }

    /// <summary>How many accesses it has.</summary>
    public int Count => _request.AccessCount;

    /// <summary>Reads a memory-mapped register.</summary>
    public AccessBatch Read(RegisterPlace place, AccessSize size, out BatchValue value)
    {
        value = new BatchValue(Count);
        return Add(new Access { Read = new ReadAccess { Target = place.Target, SizeBytes = size.Bytes } });
    }

    /// <summary>Writes a memory-mapped register.</summary>
    public AccessBatch Write(RegisterPlace place, AccessSize size, ulong value) =>
        Add(new Access { Write = new WriteAccess { Target = place.Target, SizeBytes = size.Bytes, Value = value } });

    /// <summary>Writes a memory-mapped register as a device does: into GITS_TRANSLATER it is a message.</summary>
    public AccessBatch Write(
        RegisterPlace place, AccessSize size, ulong value, DeviceId device, out BatchMessage message)
    {
        message = new BatchMessage(Count);
        var access = new WriteAccess
        {
            Target = place.Target,
            SizeBytes = size.Bytes,
            Value = value,
            DeviceId = device.Value,
        };
        return Add(new Access { Write = access });
    }

    /// <summary>Reads a system register of a vCPU's CPU interface.</summary>
    public AccessBatch ReadSystemRegister(VcpuIndex vcpu, SystemRegisterId register, out BatchValue value)
    {
        value = new BatchValue(Count);
        var access = new ReadSystemRegisterAccess { Vcpu = vcpu.Value, Target = register.Target };
        return Add(new Access { ReadSystemRegister = access });
    }

    /// <summary>Writes a system register of a vCPU's CPU interface.</summary>
    public AccessBatch WriteSystemRegister(VcpuIndex vcpu, SystemRegisterId register, ulong value)
    {
        var access = new WriteSystemRegisterAccess { Vcpu = vcpu.Value, Target = register.Target, Value = value };
        return Add(new Access { WriteSystemRegister = access });
    }

    /// <summary>Reads guest memory, no more than the server's limit for one access.</summary>
    public AccessBatch ReadMemory(GuestAddress address, int lengthBytes, out BatchBytes bytes)
    {
        bytes = new BatchBytes(Count);
        var access = new ReadMemoryAccess { Address = address.Value, LengthBytes = (ulong)lengthBytes };
        return Add(new Access { ReadMemory = access });
    }

    /// <summary>Writes guest memory, no more than the server's limit for one access. The bytes are copied.</summary>
    public AccessBatch WriteMemory(GuestAddress address, ReadOnlySpan<byte> data)
    {
        var access = new WriteMemoryAccess { Address = address.Value, Data = ByteString.CopyFrom(data) };
        return Add(new Access { WriteMemory = access });
    }

    /// <summary>Makes the accesses. With none it makes no call.</summary>
    public async Task<BatchResults> SendAsync(CancellationToken cancellationToken = default)
    {
        if (Count == 0)
        {
            return new BatchResults(BatchAnswer.Empty);
        }

        var call = _connection.BatchAsync(_request, _connection.Options(cancellationToken));
        return new BatchResults(await _connection.AnswerAsync(call, cancellationToken));
    }

    private AccessBatch Add(Access access)
    {
        _request.Add(access);
        return this;
    }
}
