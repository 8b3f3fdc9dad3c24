namespace ItsService.ReferenceModel;

/// <summary>One slot as four doublewords, with the fields of the physical commands: commands 3.</summary>
internal readonly record struct Command(ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3)
{
    public byte Opcode => (byte)Dw0.Field(7, 0);

    public uint DeviceId => (uint)Dw0.Field(63, 32);

    public uint EventId => (uint)Dw1.Field(31, 0);

    /// <summary>MAPTI's pINTID.</summary>
    public uint Lpi => (uint)Dw1.Field(63, 32);

    /// <summary>MAPD's Size plus one.</summary>
    public int EventIdBits => (int)Dw1.Field(4, 0) + 1;

    /// <summary>MAPD's and MAPC's V.</summary>
    public bool Valid => Dw2.Bit(63);

    public ulong IttAddress => Dw2.Field(51, 8) << 8;

    public uint CollectionId => (uint)Dw2.Field(15, 0);

    /// <summary>RDbase, and MOVALL's RDbase1.</summary>
    public ulong Rdbase => Dw2.Field(51, 16);

    public ulong Rdbase2 => Dw3.Field(51, 16);
}
