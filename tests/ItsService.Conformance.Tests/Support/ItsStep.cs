namespace ItsService.Conformance.Tests.Support;

/// <summary>What is restored of an ITS, in whatever order.</summary>
internal enum ItsStep
{
    Iidr,
    Cbaser,
    Creadr,
    Cwriter,

    /// <summary>All eight tables' registers.</summary>
    Basers,

    /// <summary>The order to read the tables in guest memory.</summary>
    Tables,

    Ctlr,
}
