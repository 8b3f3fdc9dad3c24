using ItsService.Differential.Generation;
using ItsService.Differential.KnownDifferences;
using ItsService.Differential.Sides;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>Makes the two controllers alike again after a known difference.</summary>
internal sealed class RemedyKit(BothSides both)
{
    private const ulong Stalled = 1;
    private const ulong Retry = 1;
    private const int PendingTableBytes = 0x2000;

    public async Task ApplyAsync(Remedy remedy, Mismatch mismatch, StepContext context, BothRegisters registers)
    {
        var (forQemu, forService) = (new AccessList(), new AccessList());
        switch (remedy)
        {
            case Remedy.QemuTakesTheServicesValue:
                await GiveToQemuAsync(mismatch, registers, forQemu);
                break;
            case Remedy.QemuReadPointerIsPutBack:
                forQemu.Write(Places.GitsCreadr, 8, registers.Service.Creadr & ~Stalled);
                break;
            case Remedy.QemuPassesOver:
                var sync = CommandSlot.Encode(CommandSlot.Sync(0));
                var slot = registers.Qemu.QueueAddress + registers.Qemu.ReadOffset;
                forQemu.WriteMemory(slot, sync);
                forService.WriteMemory(slot, sync);
                forQemu.Write(Places.GitsCreadr, 8, registers.Qemu.ReadOffset);
                forQemu.Write(Places.GitsCwriter, 8, registers.Qemu.Cwriter);
                break;
            case Remedy.ServiceRetries:
                forService.Write(Places.GitsCwriter, 8, registers.Service.Cwriter | Retry);
                break;
            case Remedy.BothBeginTheQueueAnew:
                BeginQueueAnew(forQemu, registers.Service);
                BeginQueueAnew(forService, registers.Service);
                break;
            case Remedy.BothGetTheOldEntryBack:
                Overwrite(forQemu, context);
                Overwrite(forService, context);
                break;
            case Remedy.ServiceGetsTwoWords when context.Write is { } write:
                forService.Write(write.Address, 4, write.Value & uint.MaxValue);
                forService.Write(write.Address + 4, 4, write.Value >> 32);
                context.ServiceGotTwoWords = true;
                break;
            case Remedy.ServiceGetsTheLowWord when context.Write is { } write:
                forService.Write(write.Address, 4, write.Value & uint.MaxValue);
                break;
            case Remedy.ServiceForgetsPending when mismatch is PendingMismatch pending:
                forService.Write(Places.GicrCtlr(pending.Cpu), 4, 0);
                forService.Write(Places.GicrCtlr(pending.Cpu), 4, 1);
                break;
            default:
                throw new ArgumentException($"{remedy} does not fit {mismatch.Where}.", nameof(remedy));
        }

        both.Qemu.Run(forQemu);
        await both.Service.RunAsync(forService);
    }

    private async Task GiveToQemuAsync(Mismatch mismatch, BothRegisters registers, AccessList forQemu)
    {
        var tables = new QemuTables(both.Qemu, registers.Qemu);
        switch (mismatch)
        {
            case RegisterMismatch register:
                forQemu.Write(register.Register.Address, register.Register.SizeBytes, register.Service);
                break;
            case CollectionMismatch collection:
                tables.Write(collection.Icid, collection.Service);
                break;
            case DeviceMismatch device:
                tables.Write(device.Device, device.Service);
                break;
            case EventMismatch change:
                tables.Write(change.Mapping, change.Event, change.Service);
                break;
            case PendingMismatch pending:
                await GivePendingAsync(pending, registers.Qemu, forQemu);
                break;
            default:
                throw new ArgumentException($"QEMU cannot be given {mismatch.Where}.", nameof(mismatch));
        }
    }

    /// <summary>
    /// What is pending as the service has it; beyond the LPIs in range the tables in RAM are alike. QEMU looks at its
    /// tables again as LPIs are enabled.
    /// </summary>
    private async Task GivePendingAsync(PendingMismatch pending, LiveRegisters registers, AccessList forQemu)
    {
        for (var cpu = 0; cpu < both.CpuCount; cpu++)
        {
            var table = registers.PendingTable(cpu);
            if (!GuestLayout.IsInRam(table, PendingTableBytes))
            {
                continue;
            }

            var list = new AccessList();
            var place = list.ReadMemory(table, PendingTableBytes);
            var results = await both.RunAsync(list);
            var bytes = results.Qemu.Bytes(place);
            if (cpu == pending.Cpu)
            {
                Set(bytes, pending.OnlyService, true);
                Set(bytes, pending.OnlyQemu, false);
            }

            var inRange = registers.LpisEnabled(cpu) ? (int)registers.LpiEnd(cpu) / 8 : 0;
            results.Service.Bytes(place).AsSpan(inRange).CopyTo(bytes.AsSpan(inRange));
            forQemu.WriteMemory(table, bytes);
            if (registers.LpisEnabled(cpu))
            {
                forQemu.Write(Places.GicrCtlr(cpu), 4, 0);
                forQemu.Write(Places.GicrCtlr(cpu), 4, 1);
            }
        }
    }

    private static void Set(byte[] table, IEnumerable<uint> lpis, bool pending)
    {
        foreach (var lpi in lpis)
        {
            var bit = (byte)(1 << (int)(lpi % 8));
            table[lpi / 8] = (byte)(pending ? table[lpi / 8] | bit : table[lpi / 8] & ~bit);
        }
    }

    private static void BeginQueueAnew(AccessList list, LiveRegisters registers)
    {
        list.Write(Places.GitsCtlr, 4, 0);
        list.Write(Places.GitsCbaser, 8, registers.Cbaser);
        list.Write(Places.GitsCwriter, 8, 0);
    }

    private static void Overwrite(AccessList list, StepContext context)
    {
        foreach (var (address, value) in context.Overwritten)
        {
            list.WriteMemory(address, value);
        }
    }
}
