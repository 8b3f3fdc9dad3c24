namespace ItsService.Server.Hosting;

/// <summary>An address cannot be listened on. The message says in one line which and why.</summary>
public sealed class AddressNotServableException(string message, Exception? cause = null) : Exception(message, cause);
