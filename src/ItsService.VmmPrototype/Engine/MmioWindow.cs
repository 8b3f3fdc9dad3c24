namespace ItsService.VmmPrototype.Engine;

/// <summary>A device as one processor sees it.</summary>
internal sealed record MmioWindow(IMmioDevice Device, IEngineClient Client);
