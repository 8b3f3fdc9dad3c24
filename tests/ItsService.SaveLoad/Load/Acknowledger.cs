using System.Buffers.Binary;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Load;

/// <summary>
/// A vCPU that takes what is pending for it. Each call is a batch that ends the interrupt before, looks at
/// ICC_IAR1_EL1, and writes the number of the call into the guest's memory: all of it or nothing has happened at any
/// instant, and the number tells which.
/// </summary>
internal sealed class Acknowledger(int vcpu, EventPlan plan, LoadSurroundings surroundings)
{
    private readonly CallerBook _book = surroundings.Books.Acknowledgers[vcpu];
    private readonly Road _road = vcpu % 2 == 0 ? Road.UnixSocket : Road.Tcp;

    public async Task RunAsync(CancellationToken stop)
    {
        uint? active = null;
        while (!stop.IsCancellationRequested)
        {
            var call = _book.Begin();
            var ended = active;
            var intId = await surroundings.LoadTarget.CallAsync(_road, vm => AcknowledgeAsync(vm, call, ended));
            if (plan.OfLpi(intId) is { } accounted)
            {
                active = intId;
                surroundings.Outstanding.Return(accounted);
                _book.End(surroundings.Faults.IsForgotten(accounted)
                    ? []
                    : [new Deed(accounted.Index, DeedKind.Acknowledged)]);
            }
            else
            {
                active = intId == GuestLayout.Spurious
                    ? null
                    : throw new AccountException($"vCPU {vcpu} was given INTID {intId}, which nobody sends");
                _book.End();
            }
        }
    }

    private async Task<uint> AcknowledgeAsync(VmHandle vm, long call, uint? ended)
    {
        var mark = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(mark, call);
        var batch = vm.Batch();
        if (ended is { } intId)
        {
            batch.WriteSystemRegister(new VcpuIndex((uint)vcpu), SystemRegisterId.IccEoir1, intId);
        }

        batch.ReadSystemRegister(new VcpuIndex((uint)vcpu), SystemRegisterId.IccIar1, out var acknowledged)
            .WriteMemory(GuestLayout.Mark(vcpu), mark);
        return (uint)(await batch.SendAsync()).Value(acknowledged);
    }
}
