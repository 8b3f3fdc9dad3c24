using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Core.Submissions;
using ItsService.Fuzz.Engine;

namespace ItsService.Fuzz.Machines;

/// <summary>
/// A guest that does anything at all with a machine, and a host that serves it. What it does is decided by the seed and
/// by what the machine answers.
/// </summary>
internal sealed class RandomGuest(Machine machine, Prng random)
{
    private const int CommandsMax = 6;
    private const int StepBudgetMax = 40;

    /// <summary>Does one thing.</summary>
    public void Act()
    {
        switch (random.Below(20))
        {
            case < 6:
                machine.RunCommands(AnyIts(), Enumerable.Range(0, random.Between(1, CommandsMax)).Select(_ => Any()));
                break;
            case < 9:
                machine.Gic.SignalMsi(AnyIts(), new DeviceId((uint)AnyDevice()), new EventId((uint)AnyEvent()));
                break;
            case 9:
                Write(FrameKind.Gits, AnyIts(), GitsMap.Map);
                break;
            case 10:
                SetUpIts(AnyIts());
                break;
            case 11:
                Write(FrameKind.Gicr, AnyVcpu(), GicrMap.Map);
                break;
            case 12:
                SetUpRedistributor(AnyVcpu());
                break;
            case 13:
                Write(FrameKind.Gicd, 0, GicdMap.Map);
                break;
            case < 17:
                AccessCpu(AnyVcpu());
                break;
            case 17:
                machine.Gic.Step(random.Below(StepBudgetMax));
                break;
            case 18:
                Scribble();
                break;
            default:
                ActAsHost();
                break;
        }
    }

    private int AnyIts() => random.Below(machine.ItsCount);

    private int AnyVcpu() => random.Below(machine.VcpuCount);

    private ulong AnyDevice() => random.Percent(80)
        ? Guest.DeviceId(machine.Shape, random.Below(Guest.DeviceCount))
        : InterestingNumbers.Any(random) & uint.MaxValue;

    private ulong AnyEvent() => random.Percent(90) ? (ulong)random.Below(10) : InterestingNumbers.Any(random);

    private ulong AnyCollection() =>
        random.Percent(90) ? (ulong)random.Below(machine.VcpuCount + 2) : InterestingNumbers.Any(random) & 0xFFFF;

    private ulong AnyLpi() => random.Percent(85)
        ? Guest.Lpi(AnyIts(), random.Below(Guest.DeviceCount), random.Below(16))
        : InterestingNumbers.Any(random) & uint.MaxValue;

    private ulong AnyTarget() => random.Percent(90)
        ? Guest.Target(machine.Shape, AnyVcpu())
        : InterestingNumbers.Any(random) & 0xFFFF_FFFF;

    private Command Any() => random.Below(12) switch
    {
        0 => Command.Mapd(
            AnyDevice(), random.Between(1, 6), Places.Itt(AnyIts(), random.Below(Guest.DeviceCount + 2)),
            random.Percent(80)),
        1 => Command.Mapc(AnyCollection(), AnyTarget(), random.Percent(80)),
        2 or 3 or 4 => Command.Mapti(AnyDevice(), AnyEvent(), AnyLpi(), AnyCollection()),
        5 => Command.Invall(AnyCollection()),
        6 => Command.Movall(AnyTarget(), AnyTarget()),
        7 => Command.Sync(AnyTarget()),
        8 => new Command(InterestingNumbers.Any(random), random.Next(), random.Next(), random.Next()),
        _ => Command.OfEvent(
            random.Pick<byte>(0x01, 0x03, 0x03, 0x04, 0x0B, 0x0C, 0x0F), AnyDevice(), AnyEvent(), AnyCollection()),
    };

    private void Write(FrameKind frame, int index, RegisterMap map)
    {
        var row = random.PickFrom(map.Rows);
        var offset = row.Offset + (row.WidthBytes * random.Below(row.Count));
        var sizeBytes = random.Percent(90) ? row.WidthBytes : random.Pick(1, 2, 4, 8);
        machine.Gic.ReadRegister(new FrameLocation(frame, index, offset), sizeBytes);
        machine.Gic.WriteRegister(
            new FrameLocation(frame, index, offset), sizeBytes, InterestingNumbers.Any(random),
            random.Percent(20) ? new DeviceId((uint)AnyDevice()) : null);
    }

    private void SetUpIts(int its)
    {
        var attributes = (1UL << 63) | ((ulong)(uint)random.Below(2) << 62) | ((ulong)(uint)random.Below(4) << 8);
        switch (random.Below(6))
        {
            case 0:
                machine.WriteIts(its, Offsets.Ctlr, (ulong)random.Below(2), 4);
                break;
            case 1:
                machine.WriteIts(its, Offsets.Baser(0), Places.DeviceTable(its) | attributes);
                break;
            case 2:
                machine.WriteIts(its, Offsets.Baser(1), Places.CollectionTable(its) | attributes);
                break;
            case 3:
                machine.WriteIts(its, Offsets.Cbaser, Places.Queue(its) | (1UL << 63) | (uint)random.Below(2));
                break;
            default:
                machine.WriteIts(its, Offsets.Ctlr, 1, 4);
                machine.WriteIts(its, Offsets.Cwriter, (ulong)random.Below(16) * 32);
                break;
        }
    }

    private void SetUpRedistributor(int vcpu)
    {
        switch (random.Below(4))
        {
            case 0:
                machine.WriteRedistributor(
                    vcpu, Offsets.Propbaser, Places.ConfigurationTable | (ulong)random.Below(32), 8);
                break;
            case 1:
                machine.WriteRedistributor(
                    vcpu,
                    Offsets.Pendbaser,
                    Places.PendingTable(AnyVcpu()) | ((ulong)(uint)random.Below(2) << 62),
                    8);
                break;
            case 2:
                machine.WriteRedistributor(vcpu, Offsets.Setlpir + (8 * random.Below(2)), AnyLpi(), 8);
                break;
            default:
                machine.WriteRedistributor(vcpu, Offsets.Ctlr, (ulong)random.Below(2), 4);
                break;
        }
    }

    private void AccessCpu(int vcpu)
    {
        switch (random.Below(4))
        {
            case 0:
                machine.WriteCpu(
                    vcpu, SystemRegister.IccEoir1, machine.ReadCpu(vcpu, SystemRegister.IccIar1));
                break;
            case 1:
                machine.ReadCpu(vcpu, random.PickFrom(SystemRegisterMap.Rows).Register);
                break;
            default:
                machine.WriteCpu(
                    vcpu, random.PickFrom(SystemRegisterMap.Rows).Register, InterestingNumbers.Any(random));
                break;
        }
    }

    private void Scribble()
    {
        var its = AnyIts();
        var place = random.Below(7) switch
        {
            0 => Places.DeviceTable(its),
            1 => Places.DevicePage(its, random.Below(2)),
            2 => Places.CollectionTable(its),
            3 => Places.Itt(its, random.Below(Guest.DeviceCount)),
            4 => Places.Queue(its),
            5 => Places.PendingTable(AnyVcpu()) + (Guest.FirstLpi / 8),
            _ => Places.ConfigurationTable,
        };
        machine.Memory.Poke(place + (ulong)(8 * random.Below(16)), InterestingNumbers.Any(random));
    }

    private void ActAsHost()
    {
        switch (random.Below(5))
        {
            case 0:
                machine.Gic.Pause();
                Act();
                machine.Gic.Resume();
                break;
            case 1:
                var slots = new byte[32 * random.Between(1, CommandsMax)];
                slots[0] = 0x05;
                machine.Gic.Submit(AnyIts(), new CommandSubmission(slots));
                break;
            case 2:
                machine.Gic.DrainChangedLines([]);
                break;
            case 3 when random.Percent(20):
                machine.Gic.Reset();
                break;
            default:
                machine.Gic.Step(StepBudgetMax);
                break;
        }
    }
}
