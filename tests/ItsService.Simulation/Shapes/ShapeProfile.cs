namespace ItsService.Simulation.Shapes;

/// <summary>Which ready-made profile a shape begins with.</summary>
internal enum ShapeProfile
{
    /// <summary>KVM's.</summary>
    Kvm,

    /// <summary>QEMU's.</summary>
    Qemu,

    /// <summary>KVM's with options of its own.</summary>
    Custom,
}
