namespace ItsService.Core.Registers;

/// <summary>A named field of a register.</summary>
/// <param name="Name">As the architecture writes it.</param>
/// <param name="High">Its highest bit.</param>
/// <param name="Low">Its lowest bit.</param>
public readonly record struct RegisterField(string Name, int High, int Low);
