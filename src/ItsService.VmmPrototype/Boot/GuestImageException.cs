namespace ItsService.VmmPrototype.Boot;

/// <summary>A file that a guest is to be booted from cannot be used.</summary>
public sealed class GuestImageException(string message) : Exception(message);
