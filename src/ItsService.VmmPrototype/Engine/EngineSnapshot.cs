namespace ItsService.VmmPrototype.Engine;

/// <summary>A processor's whole state at an instant: what it comes back to when it is switched on again.</summary>
internal sealed unsafe class EngineSnapshot : IDisposable
{
    private readonly UnicornLibrary _library;
    private readonly nint _engine;
    private readonly nint _context;

    public EngineSnapshot(UnicornLibrary library, nint engine)
    {
        _library = library;
        _engine = engine;
        nint context;
        library.Check(library.AllocateContext(engine, &context), "allocate a context");
        _context = context;
        library.Check(library.SaveContext(engine, context), "save its context");
    }

    public void Restore() => _library.Check(_library.RestoreContext(_engine, _context), "restore a context");

    public void Dispose() => _ = _library.FreeContext(_context);
}
