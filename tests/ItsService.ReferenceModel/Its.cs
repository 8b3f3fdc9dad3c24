namespace ItsService.ReferenceModel;

/// <summary>The state of one ITS.</summary>
internal sealed class Its
{
    private const int BaserCount = 8;

    public Its(Machine machine, int index)
    {
        Machine = machine;
        Index = index;
        Status = new StatusRegister(machine.Profile);
        Translation = new Translation(this);
        Queue = new CommandQueue(this);
        Registers = new ItsRegisters(this);
    }

    public Machine Machine { get; }

    public int Index { get; }

    public StatusRegister Status { get; }

    public Translation Translation { get; }

    public CommandQueue Queue { get; }

    public ItsRegisters Registers { get; }

    public bool Enabled { get; set; }

    public ulong[] Basers { get; } = new ulong[BaserCount];

    public SortedDictionary<uint, ReferenceDevice> Devices { get; } = [];

    /// <summary>ICID to vCPU.</summary>
    public SortedDictionary<uint, int> Collections { get; } = [];

    /// <summary>Which GITS_BASERn is of a type, as at reset: 1 devices, 4 collections: gits 9.</summary>
    public ulong BaserOfType(ulong type) => Basers.FirstOrDefault(baser => baser.Field(58, 56) == type);

    public Table DeviceTable => new(BaserOfType(Table.Devices), Machine.Memory);

    public Table CollectionTable => new(BaserOfType(Table.Collections), Machine.Memory);

    public void Reset()
    {
        Enabled = false;
        Machine.Profile.BaserReset.ToArray().CopyTo(Basers, 0);
        Devices.Clear();
        Collections.Clear();
        Status.Reset();
        Queue.Reset();
    }
}
