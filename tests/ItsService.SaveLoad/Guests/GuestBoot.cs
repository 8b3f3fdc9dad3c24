using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.SaveLoad.Guests;

/// <summary>Sets a VM up as a guest's driver does.</summary>
internal static class GuestBoot
{
    private const ulong Valid = 1UL << 63;
    private const ulong Pages64Kib = 2UL << 8;

    /// <summary>Everything but the events' mappings, which are commands; no command has been given.</summary>
    public static async Task SetUpAsync(VmHandle vm, EventPlan plan)
    {
        var batch = vm.Batch();
        batch.WriteMemory(
                new GuestAddress(GuestLayout.ConfigurationTable),
                [.. plan.Events.Select(accounted => accounted.Configuration)])
            .WriteMemory(new GuestAddress(GuestLayout.Marks), new byte[GuestLayout.VcpuCount * sizeof(ulong)]);
        Write(batch, "GICD_CTLR", 0, 0b10);
        for (var vcpu = 0u; vcpu < GuestLayout.VcpuCount; vcpu++)
        {
            Write(batch, "GICR_PROPBASER", vcpu, GuestLayout.ConfigurationTable | (GuestLayout.IntIdBits - 1));
            Write(batch, "GICR_PENDBASER", vcpu, GuestLayout.PendingTable((int)vcpu));
            Write(batch, "GICR_CTLR", vcpu, 1);
            batch.WriteSystemRegister(new VcpuIndex(vcpu), SystemRegisterId.IccPmr, 0xF0)
                .WriteSystemRegister(new VcpuIndex(vcpu), SystemRegisterId.IccIgrpen1, 1);
        }

        for (var its = 0u; its < GuestLayout.ItsCount; its++)
        {
            Write(batch, "GITS_BASER0", its, Valid | Pages64Kib | GuestLayout.DeviceTable((int)its));
            Write(batch, "GITS_BASER1", its, Valid | Pages64Kib | GuestLayout.CollectionTable((int)its));
            Write(batch, "GITS_CBASER", its, Valid | GuestLayout.Queue((int)its) | (GuestLayout.QueuePages - 1));
            Write(batch, "GITS_CWRITER", its, 0);
            Write(batch, "GITS_CTLR", its, 1);
        }

        await batch.SendAsync();
    }

    /// <summary>The commands that map what an ITS has.</summary>
    public static List<GuestCommand> Commands(EventPlan plan, int its)
    {
        List<GuestCommand> commands =
            [.. Enumerable.Range(0, GuestLayout.VcpuCount).Select(vcpu => GuestCommand.Mapc((uint)vcpu, vcpu))];
        var events = plan.Events.Where(accounted => accounted.Its == its).ToList();
        commands.AddRange(events.Select(accounted => accounted.DeviceId).Distinct()
            .Select(device => GuestCommand.Mapd(device, GuestLayout.TranslationTable(its, device))));
        commands.AddRange(events.Where(accounted => accounted.IsMappedAtBoot).Select(accounted =>
            GuestCommand.Mapti(accounted, accounted.Collections[accounted.Index % accounted.Collections.Count])));
        commands.AddRange(Enumerable.Range(0, GuestLayout.VcpuCount).Select(GuestCommand.Sync));
        return commands;
    }

    private static void Write(AccessBatch batch, string register, uint index, ulong value) =>
        batch.Write(RegisterPlace.Named(register, index), AccessSize.Natural, value);
}
