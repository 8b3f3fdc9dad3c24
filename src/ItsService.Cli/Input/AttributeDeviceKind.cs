namespace ItsService.Cli.Input;

/// <summary>What attributes belong to.</summary>
internal enum AttributeDeviceKind
{
    /// <summary>The distributor, and what is the whole controller's.</summary>
    Controller,

    /// <summary>An ITS.</summary>
    Its,

    /// <summary>A vCPU: its redistributor and its CPU interface.</summary>
    Vcpu,
}
