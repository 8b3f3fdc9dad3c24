using System.Buffers.Binary;

namespace ItsService.Fuzz.Targets;

/// <summary>What a step of a script does.</summary>
internal enum ScriptVerb : byte
{
    /// <summary>The guest has written eight bytes of a table.</summary>
    WriteMemory,

    /// <summary>The guest has changed bits of them.</summary>
    FlipMemory,

    /// <summary>The guest has filled a part of a table with one byte.</summary>
    FillMemory,

    /// <summary>The host loses pages of a table, until they are asked for.</summary>
    EvictMemory,

    /// <summary>A register that an ITS, redistributor, distributor or vCPU has.</summary>
    WriteRegister,

    /// <summary>A register at any offset.</summary>
    WriteAnywhere,

    /// <summary>The registers as they were saved, in some order.</summary>
    StageSaved,

    RestoreTables,

    Commit,

    /// <summary>And the guest does some things after it.</summary>
    Resume,

    Pause,

    ResetIts,

    SaveTables,

    SavePendingTables,

    /// <summary>The guest has filled a part of a table with eight bytes, again and again.</summary>
    RepeatMemory,
}

/// <summary>A step of a script: 0 verb | 1 place | 2..3 index | 4..11 value.</summary>
internal readonly record struct ScriptStep(ScriptVerb Verb, byte Place, ushort Index, ulong Value)
{
    public const int SizeBytes = 12;
    public static readonly int VerbCount = Enum.GetValues<ScriptVerb>().Length;

    public static ScriptStep Parse(ReadOnlySpan<byte> bytes) => new(
        (ScriptVerb)(bytes[0] % VerbCount),
        bytes[1],
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[4..]));

    public void WriteTo(Span<byte> bytes)
    {
        (bytes[0], bytes[1]) = ((byte)Verb, Place);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], Index);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[4..], Value);
    }
}
