using ItsService.Core.Registers;

namespace ItsService.Core.Identifiers;

/// <summary>A vCPU's MPIDR affinity, packed as in GICR_TYPER[63:32]: Aff3 in [31:24] down to Aff0 in [7:0].</summary>
/// <param name="Packed">The four fields.</param>
public readonly record struct Affinity(uint Packed)
{
    /// <summary>Affinity level 3.</summary>
    public byte Aff3 => (byte)((ulong)Packed).Field(31, 24);

    /// <summary>
    /// The affinity that KVM and QEMU give to the vCPU at <paramref name="index"/>: sixteen to a cluster.
    /// </summary>
    public static Affinity Default(VcpuIndex index) => new((uint)((index.Value & 0xF) | (index.Value >> 4 << 8)));

    /// <summary>The same without Aff3, which a model with 24-bit affinities does not report.</summary>
    public Affinity WithoutAff3() => new(Packed & 0x00FF_FFFF);
}
