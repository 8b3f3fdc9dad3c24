using ItsService.VmmPrototype.Devices;
using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Cpu;

/// <summary>A vCPU's generic timers and the counter that they compare with.</summary>
internal sealed class VcpuTimers(int vcpu, GuestClock clock, IInterruptController controller)
{
    private readonly GenericTimer _virtual = new(new Wire(controller, MemoryMap.VirtualTimerIntId, vcpu));
    private readonly GenericTimer _physical = new(new Wire(controller, MemoryMap.PhysicalTimerIntId, vcpu));

    /// <summary>How many blocks the vCPU has executed in this turn.</summary>
    public uint BlocksOfTurn { get; set; }

    /// <summary>When the first of them will want an interrupt.</summary>
    public ulong Deadline => Math.Min(_virtual.Deadline, _physical.Deadline);

    private ulong Now => clock.Read(BlocksOfTurn);

    /// <summary>The wires that time has changed.</summary>
    public void Settle(ICollection<WireLevel> into)
    {
        Settle(_virtual, into);
        Settle(_physical, into);
    }

    public ulong? TryRead(uint register) => register switch
    {
        SystemRegister.CntfrqEl0 => GuestClock.FrequencyHz,
        SystemRegister.CntpctEl0 or SystemRegister.CntvctEl0 => Now,
        SystemRegister.CntvCtlEl0 => _virtual.ReadControl(Now),
        SystemRegister.CntvCvalEl0 => _virtual.ReadCompareValue(),
        SystemRegister.CntvTvalEl0 => _virtual.ReadTimerValue(Now),
        SystemRegister.CntpCtlEl0 => _physical.ReadControl(Now),
        SystemRegister.CntpCvalEl0 => _physical.ReadCompareValue(),
        SystemRegister.CntpTvalEl0 => _physical.ReadTimerValue(Now),
        _ => null,
    };

    public bool TryWrite(uint register, ulong value)
    {
        switch (register)
        {
            case SystemRegister.CntvCtlEl0:
                _virtual.WriteControl(value, Now);
                return true;
            case SystemRegister.CntvCvalEl0:
                _virtual.WriteCompareValue(value, Now);
                return true;
            case SystemRegister.CntvTvalEl0:
                _virtual.WriteTimerValue(value, Now);
                return true;
            case SystemRegister.CntpCtlEl0:
                _physical.WriteControl(value, Now);
                return true;
            case SystemRegister.CntpCvalEl0:
                _physical.WriteCompareValue(value, Now);
                return true;
            case SystemRegister.CntpTvalEl0:
                _physical.WriteTimerValue(value, Now);
                return true;
            default:
                return false;
        }
    }

    public void Reset()
    {
        _virtual.Reset();
        _physical.Reset();
    }

    private void Settle(GenericTimer timer, ICollection<WireLevel> into)
    {
        if (timer.Wire.TryChange(timer.IsAsserted(clock.Now), out var level))
        {
            into.Add(level);
        }
    }
}
