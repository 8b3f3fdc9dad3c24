namespace ItsService.Server.Telemetry;

/// <summary>How messages of devices reach the service.</summary>
internal enum InjectionPath
{
    /// <summary>Interrupts.SignalMsi: one in a call.</summary>
    Unary,

    /// <summary>Interrupts.InjectMsis: packed batches.</summary>
    Stream,

    /// <summary>Vmm.Attach: lists of messages.</summary>
    Session,

    /// <summary>Registers: writes of a device to GITS_TRANSLATER.</summary>
    Doorbell,
}
