using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Memory.Kinds;

namespace ItsService.Server.Tests.Sessions;

/// <summary>One stream of a VMM, message by message.</summary>
internal sealed class AttachedVmm : IDisposable
{
    private readonly AsyncDuplexStreamingCall<FromVmm, ToVmm> _call;
    private readonly CancellationTokenSource _cut;

    private AttachedVmm(AsyncDuplexStreamingCall<FromVmm, ToVmm> call, CancellationTokenSource cut)
    {
        _call = call;
        _cut = cut;
    }

    /// <summary>What the stream began with.</summary>
    public Attached Attached { get; private set; } = new();

    /// <summary>The number of the next request.</summary>
    public ulong Next { get; set; } = 1;

    public static AttachedVmm Open(Api api, Metadata? headers = null)
    {
        var cut = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        return new AttachedVmm(api.Vmm.Attach(headers, cancellationToken: cut.Token), cut);
    }

    public static async Task<AttachedVmm> AttachAsync(Api api, AttachRequest request, Metadata? headers = null)
    {
        var vmm = Open(api, headers);
        await vmm.WriteAsync(new FromVmm { Attach = request });
        vmm.Attached = (await vmm.ReadAsync()).Attached;
        Assert.NotNull(vmm.Attached);
        vmm.Next = vmm.Attached.LastTaken + 1;
        return vmm;
    }

    public static Task<AttachedVmm> AttachAsync(Guest guest) =>
        AttachAsync(guest.Api, new AttachRequest { Vm = guest.Name });

    /// <summary>Goes on with this session on another stream.</summary>
    public Task<AttachedVmm> AgainAsync(Guest guest, ulong received, ulong receivedChanges = 0) =>
        AttachAsync(guest.Api, new AttachRequest
        {
            Vm = guest.Name,
            Session = Attached.Session,
            Received = received,
            ReceivedChanges = receivedChanges,
        });

    public Task WriteAsync(FromVmm message) => _call.RequestStream.WriteAsync(message).WithinLimit();

    /// <summary>Sends a request under the next number.</summary>
    public Task SendAsync(VmmRequest request)
    {
        request.Sequence = Next++;
        return WriteAsync(new FromVmm { Request = request });
    }

    /// <summary>Sends a request, and reads its answer, which must be the next message.</summary>
    public async Task<VmmAnswer> AskAsync(VmmRequest request)
    {
        await SendAsync(request);
        return await ReadAnswerAsync();
    }

    public async Task<VmmAnswer> ReadAnswerAsync()
    {
        var message = await ReadAsync();
        Assert.True(message.Answer is not null, $"{message} is no answer");
        return message.Answer;
    }

    public async Task<Changes> ReadChangesAsync()
    {
        var message = await ReadAsync();
        Assert.True(message.Changes is not null, $"{message} tells no changes");
        return message.Changes;
    }

    public async Task<ToVmm> ReadAsync()
    {
        Assert.True(await _call.ResponseStream.MoveNextWithinLimit(), "the stream has ended");
        return _call.ResponseStream.Current;
    }

    /// <summary>Answers for memory, and nothing else, until the stream ends.</summary>
    public async Task ServeAsync(VmmRam ram)
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(_cut.Token))
            {
                if (_call.ResponseStream.Current.Memory is { } request)
                {
                    var answer = await ram.AnswerAsync(request);
                    await _call.RequestStream.WriteAsync(new FromVmm { Memory = answer }, _cut.Token);
                }
            }
        }
        catch (Exception ended) when (ended is RpcException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    /// <summary>The VMM says no more.</summary>
    public Task CompleteAsync() => _call.RequestStream.CompleteAsync().WithinLimit();

    /// <summary>How the stream ends; there must be no more messages.</summary>
    public async Task<RpcException> EndAsync() =>
        await Assert.ThrowsAsync<RpcException>(() => _call.ResponseStream.MoveNextWithinLimit());

    /// <summary>The stream ends as it should.</summary>
    public async Task EndsWellAsync()
    {
        Assert.False(await _call.ResponseStream.MoveNextWithinLimit(), "the stream has one more message");
        Assert.Equal(StatusCode.OK, _call.GetStatus().StatusCode);
    }

    /// <summary>Cuts the connection, as far as the server can tell.</summary>
    public void Cut() => _cut.Cancel();

    public void Dispose()
    {
        _call.Dispose();
        _cut.Dispose();
    }

    public static VmmRequest Read(string register, uint index = 0) =>
        new() { Read = new ReadAccess { Target = Guest.Register(register, index) } };

    public static VmmRequest Write(string register, ulong value, uint index = 0) =>
        new() { Write = new WriteAccess { Target = Guest.Register(register, index), Value = value } };

    public static VmmRequest ReadSystem(uint vcpu, string register) => new()
    {
        ReadSystemRegister = new ReadSystemRegisterAccess { Vcpu = vcpu, Target = Guest.SystemRegister(register) },
    };

    public static VmmRequest WriteSystem(uint vcpu, string register, ulong value) => new()
    {
        WriteSystemRegister = new WriteSystemRegisterAccess
        {
            Vcpu = vcpu,
            Target = Guest.SystemRegister(register),
            Value = value,
        },
    };

    /// <summary>Acknowledges.</summary>
    public static VmmRequest Acknowledge(uint vcpu = 0) => ReadSystem(vcpu, "ICC_IAR1_EL1");

    public static VmmRequest Message(uint device, uint eventId) => new()
    {
        Msis = new MsiList
        {
            Msis = { new Msi { Its = new ItsMsi { DeviceId = device, EventId = eventId } } },
        },
    };
}
