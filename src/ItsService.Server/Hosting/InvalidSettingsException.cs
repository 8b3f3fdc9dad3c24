namespace ItsService.Server.Hosting;

/// <summary>A setting is wrong. The message names it and what it accepts, for the person who set it.</summary>
public sealed class InvalidSettingsException(string message) : Exception(message);
