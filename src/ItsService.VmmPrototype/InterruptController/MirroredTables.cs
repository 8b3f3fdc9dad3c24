using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.InterruptController;

/// <summary>
/// For a service with memory of its own: before the guest lets its interrupt controller read tables, what has changed
/// in them goes to the service, and afterwards what the service has written there comes back. The rest of the guest's
/// RAM stays here.
/// </summary>
internal sealed class MirroredTables(
    IInterruptController first, VmHandle vm, GuestRam ram, CancellationToken cancellationToken)
    : IInterruptController
{
    private const int PageBytes = 4096;

    // GITS_CTLR, GITS_CWRITER; GICR_CTLR, GICR_INVLPIR, GICR_INVALLR.
    private static readonly HashSet<ulong> ItsTriggers = [0x00, 0x88, 0x8C];
    private static readonly HashSet<ulong> RedistributorTriggers = [0x00, 0xA0, 0xA4, 0xB0, 0xB4];

    private readonly TrackedTables _tables = new();
    private readonly Dictionary<ulong, byte[]> _sent = [];
    private readonly MovingController _controller = new(first);
    private VmHandle _vm = vm;
    private ulong _received;

    public InterruptLines Lines => _controller.Lines;

    /// <summary>Goes on with a VM that was restored, with or without the memory that it had.</summary>
    public void MoveTo(IInterruptController controller, VmHandle vm, bool hasMemory)
    {
        (_controller.Present, _vm, _received) = (controller, vm, 0);
        if (!hasMemory)
        {
            _sent.Clear();
            Send(Pages());
        }
    }

    public ulong ReadRegister(ulong address, int sizeBytes) => _controller.ReadRegister(address, sizeBytes);

    public void WriteRegister(ulong address, int sizeBytes, ulong value)
    {
        _tables.Note(address, sizeBytes, value);
        if (!IsTrigger(address))
        {
            _controller.WriteRegister(address, sizeBytes, value);
            return;
        }

        var pages = Pages().ToHashSet();
        Send(pages);
        _controller.WriteRegister(address, sizeBytes, value);
        Fetch(pages);
    }

    public ulong ReadSystemRegister(int vcpu, uint encoding) => _controller.ReadSystemRegister(vcpu, encoding);

    public void WriteSystemRegister(int vcpu, uint encoding, ulong value) =>
        _controller.WriteSystemRegister(vcpu, encoding, value);

    public void SetLevels(IReadOnlyList<WireLevel> levels) => _controller.SetLevels(levels);

    public MsiOutcome SignalMsi(ulong address, uint data, uint requesterId) =>
        _controller.SignalMsi(address, data, requesterId);

    private static bool IsTrigger(ulong address) =>
        address >= MemoryMap.Redistributors
            ? RedistributorTriggers.Contains(
                (address - MemoryMap.Redistributors) % MemoryMap.RedistributorSizeBytes)
            : address >= MemoryMap.Its && ItsTriggers.Contains(address - MemoryMap.Its);

    private IEnumerable<ulong> Pages()
    {
        foreach (var (address, sizeBytes) in _tables.Ranges())
        {
            for (var page = address; page < address + sizeBytes && ram.Contains(page, PageBytes); page += PageBytes)
            {
                yield return page;
            }
        }
    }

    private void Send(IEnumerable<ulong> pages)
    {
        foreach (var page in pages)
        {
            var now = ram.Span(page, PageBytes);
            var isKnown = _sent.TryGetValue(page, out var before);
            // The service's memory begins as zeros.
            if (isKnown ? now.SequenceEqual(before) : !now.ContainsAnyExcept((byte)0))
            {
                continue;
            }

            _sent[page] = now.ToArray();
            Wait(_vm.WriteMemoryAsync(new GuestAddress(page), _sent[page], cancellationToken));
        }
    }

    // Tables of events lie among other things of the guest's, and are not read by it: they stay where they are.
    private void Fetch(HashSet<ulong> pages)
    {
        bool isMore;
        do
        {
            var answer = Wait(_vm.DrainDirtyPagesAsync(_received, cancellationToken));
            _received = answer.Answer;
            isMore = answer.HasMore;
            foreach (var range in answer.Ranges)
            {
                for (var page = range.Address; page < range.Address + range.LengthBytes; page += PageBytes)
                {
                    if (pages.Contains(page))
                    {
                        var bytes = Wait(_vm.ReadMemoryAsync(new GuestAddress(page), PageBytes, cancellationToken));
                        _sent[page] = bytes;
                        bytes.CopyTo(ram.Span(page, PageBytes));
                    }
                }
            }
        }
        while (isMore);
    }

    private static void Wait(Task call) => call.GetAwaiter().GetResult();

    private static T Wait<T>(Task<T> call) => call.GetAwaiter().GetResult();
}
