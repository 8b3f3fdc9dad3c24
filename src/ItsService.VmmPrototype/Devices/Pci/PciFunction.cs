namespace ItsService.VmmPrototype.Devices.Pci;

/// <summary>
/// A PCI function with one 64-bit memory BAR and MSI-X: its configuration header, and what a guest decides there.
/// </summary>
internal abstract class PciFunction
{
    private const int Command = 0x04;
    private const int Status = 0x06;
    private const int ClassCode = 0x08;
    private const int Bar0 = 0x10;
    private const int Bar1 = 0x14;
    private const int Subsystem = 0x2C;
    private const int Capabilities = 0x34;
    private const int Msix = 0x40;
    private const int MsixControl = Msix + 2;

    private const ushort CommandMemory = 1 << 1;
    private const ushort CommandMaster = 1 << 2;
    private const ushort CommandWritable = 0x0546;
    private const ushort StatusCapabilities = 1 << 4;
    private const uint BarIsMemory64 = 4;
    private const byte MsixCapability = 0x11;
    private const ushort MsixEnable = 1 << 15;
    private const ushort MsixFunctionMask = 1 << 14;

    private readonly ConfigurationSpace _space = new();

    protected PciFunction(PciIdentity identity, uint barSizeBytes, PciMsixPlace msix, MsiSender send)
    {
        BarSizeBytes = barSizeBytes;
        MsixTable = new MsixTable(msix.VectorCount, send);
        _space.Define32(0, ((uint)identity.Device << 16) | identity.Vendor);
        _space.Define16(Command, 0, CommandWritable);
        _space.Define16(Status, StatusCapabilities);
        _space.Define32(ClassCode, identity.ClassCode << 8);
        _space.Define32(Bar0, BarIsMemory64, ~(barSizeBytes - 1));
        _space.Define32(Bar1, 0, uint.MaxValue);
        _space.Define32(Subsystem, ((uint)identity.Device << 16) | identity.Vendor);
        _space.Define8(Capabilities, Msix);
        _space.Define16(Msix, MsixCapability);
        _space.Define16(MsixControl, (ushort)(msix.VectorCount - 1), MsixEnable | MsixFunctionMask);
        _space.Define32(Msix + 4, msix.TableOffset);
        _space.Define32(Msix + 8, msix.PendingOffset);
    }

    public uint BarSizeBytes { get; }

    protected MsixTable MsixTable { get; }

    /// <summary>Whether it may write memory and send messages.</summary>
    protected bool IsBusMaster => (_space.Word(Command) & CommandMaster) != 0;

    /// <summary>Where the guest has put the registers; null while it does not listen there.</summary>
    public ulong? BarAddress => (_space.Word(Command) & CommandMemory) == 0 ? null
        : ((ulong)_space.Doubleword(Bar1) << 32) | (_space.Doubleword(Bar0) & ~0xFu);

    public uint ReadConfiguration(int offset, int sizeBytes) => _space.Read(offset, sizeBytes);

    public void WriteConfiguration(int offset, int sizeBytes, uint value)
    {
        _space.Write(offset, sizeBytes, value);
        if (offset < MsixControl + 2 && offset + sizeBytes > MsixControl)
        {
            var control = _space.Word(MsixControl);
            MsixTable.Configure((control & MsixEnable) != 0, (control & MsixFunctionMask) != 0);
        }
    }

    /// <summary>A load from its registers.</summary>
    public abstract uint ReadBar(uint offset, int sizeBytes);

    /// <summary>A store to them.</summary>
    public abstract void WriteBar(uint offset, int sizeBytes, uint value);
}
