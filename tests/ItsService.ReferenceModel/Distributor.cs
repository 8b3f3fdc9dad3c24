namespace ItsService.ReferenceModel;

/// <summary>What LPIs need of the distributor: rd 10, 10.1, 10.2. One security state: DS and ARE read 1.</summary>
internal sealed class Distributor(Machine machine)
{
    private const uint Ctlr = 0x0000;
    private const uint Typer = 0x0004;
    private const uint Iidr = 0x0008;
    private const uint Statusr = 0x0010;
    private const uint IdentificationFirst = 0xFFD0;
    private const uint IdentificationLast = 0xFFFC;

    private bool _enableGroup0;

    public bool EnableGroup1 { get; private set; }

    public void Reset()
    {
        _enableGroup0 = false;
        EnableGroup1 = false;
    }

    public ulong Read(uint offset, int sizeBytes)
    {
        if (sizeBytes != 4 || offset % 4 != 0)
        {
            return 0;
        }

        return offset switch
        {
            // rd 10.1: EnableGrp0 | EnableGrp1 | ARE | DS.
            Ctlr => _enableGroup0.At(0) | EnableGroup1.At(1) | true.At(4) | true.At(6),
            Typer => TyperValue(),
            Iidr => machine.Profile.GicdIidr,
            Statusr => machine.Profile.GicdStatusr,
            >= IdentificationFirst and <= IdentificationLast =>
                machine.Profile.GicdIdentification[(int)(offset - IdentificationFirst) / 4],
            _ => 0,
        };
    }

    public void Write(uint offset, int sizeBytes, ulong value)
    {
        if (sizeBytes == 4 && offset == Ctlr)
        {
            _enableGroup0 = machine.Profile.HasGroup0Enable && value.Bit(0);
            EnableGroup1 = value.Bit(1);
        }
    }

    private ulong TyperValue()
    {
        var profile = machine.Profile;
        return profile.GicdItLinesNumber
            | true.At(17) // LPIS
            | ((ulong)(profile.IntIdBits - 1) << 19)
            | profile.GicdAff3Valid.At(24)
            | profile.GicdNo1N.At(25);
    }
}
