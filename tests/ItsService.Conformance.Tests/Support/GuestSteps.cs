using ItsService.Core.Commands;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Conformance.Tests.Support;

/// <summary>What the cases say again and again.</summary>
internal static class GuestSteps
{
    public static bool IsKvm(this Guest guest) => guest.Options.Profile.Name == "kvm";

    /// <summary>Runs commands none of which may be in error.</summary>
    public static void RunClean(this Guest guest, params ReadOnlySpan<GuestCommand> commands)
    {
        guest.Run(commands);
        Assert.Empty(guest.TakeErrors());
    }

    /// <summary>Runs one command that is in error, is passed over, and changes nothing but the queue.</summary>
    public static void RunInError(this Guest guest, CommandError error, GuestCommand command)
    {
        var before = Snapshot.WithoutQueue(guest);
        guest.Run(command);
        Assert.Equal([error], guest.TakeErrors());
        Assert.Equal(before, Snapshot.WithoutQueue(guest));
    }

    /// <summary>The vCPU can take the LPI once, then nothing; no other vCPU can take anything.</summary>
    public static void AssertDelivered(this Guest guest, uint lpi, int vcpu)
    {
        Assert.Equal(lpi, guest.Cpu(vcpu).Acknowledge());
        guest.Cpu(vcpu).End(lpi);
        guest.AssertNothingDelivered();
    }

    /// <summary>Maps an event of each device to an LPI of its own at vCPU 0, and has it delivered.</summary>
    public static void AssertDevicesDeliver(this Guest guest, params ReadOnlySpan<uint> devices)
    {
        guest.RunClean(GuestCommand.Mapc(0, 0));
        for (var number = 0u; number < devices.Length; number++)
        {
            guest.RunClean(
                GuestCommand.Mapd(devices[(int)number], 16, Places.Itt(number)),
                GuestCommand.Mapti(devices[(int)number], 0, 8192 + number, 0));
        }

        for (var number = 0u; number < devices.Length; number++)
        {
            Assert.Equal(MsiOutcome.Pended, guest.Signal(devices[(int)number], 0));
            guest.AssertDelivered(8192 + number, 0);
        }
    }

    /// <summary>No vCPU can take anything.</summary>
    public static void AssertNothingDelivered(this Guest guest)
    {
        for (var vcpu = 0; vcpu < guest.Gic.VcpuCount; vcpu++)
        {
            Assert.Equal(CpuPort.Spurious, guest.Cpu(vcpu).Acknowledge());
        }
    }

    /// <summary>Begins LPIs anew at every redistributor with another width of INTIDs.</summary>
    public static void SetIntIdBits(this Guest guest, int bits) =>
        guest.SetConfigurationTable(Places.ConfigurationTable, bits);

    public static void SetConfigurationTable(this Guest guest, ulong address, int bits)
    {
        for (var vcpu = 0; vcpu < guest.Gic.VcpuCount; vcpu++)
        {
            guest.SetLpisEnabled(vcpu, false);
        }

        for (var vcpu = 0; vcpu < guest.Gic.VcpuCount; vcpu++)
        {
            guest.Gicr(vcpu).Write64(GicrOffset.Propbaser, address | (uint)(bits - 1));
        }

        for (var vcpu = 0; vcpu < guest.Gic.VcpuCount; vcpu++)
        {
            guest.SetLpisEnabled(vcpu, true);
        }
    }

    /// <summary>KVM refuses the mapping, QEMU drops the message.</summary>
    public static void AssertLpiIsBeyondTheTable(this Guest guest, uint eventId, uint lpi)
    {
        guest.Run(GuestCommand.Mapti(0, eventId, lpi, 0));
        Assert.Equal(guest.IsKvm() ? [CommandError.MaptiPhysicalIdOutOfRange] : [], guest.TakeErrors());
        Assert.Equal(
            guest.IsKvm() ? MsiOutcome.DroppedEventUnmapped : MsiOutcome.DroppedIntIdOutOfRange,
            guest.Signal(0, eventId));
        guest.AssertNothingDelivered();
    }

    /// <summary>Has a vCPU's redistributor write its pending table back, and read it again.</summary>
    public static void RestartLpis(this Guest guest, int vcpu)
    {
        guest.SetLpisEnabled(vcpu, false);
        guest.SetLpisEnabled(vcpu, true);
    }

    public static void SetLpisEnabled(this Guest guest, int vcpu, bool enabled) =>
        guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, enabled ? 1u : 0u);
}
