namespace ItsService.VmmPrototype.Engine;

/// <summary>The engine's numbers for an AArch64 processor's registers.</summary>
internal enum EngineRegister
{
    X29 = 1,
    X30 = 2,
    Sp = 4,
    Xzr = 7,
    X0 = 199,
    X28 = 227,
    Pc = 260,
    Pstate = 265,
    ElrEl1 = 267,
    SpEl0 = 270,
    SpEl1 = 271,
    EsrEl1 = 277,
    FarEl1 = 281,
    VbarEl1 = 287,

    /// <summary>A system register, by its encoding in the argument.</summary>
    SystemRegister = 290,
}
