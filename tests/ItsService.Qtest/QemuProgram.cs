namespace ItsService.Qtest;

/// <summary>The QEMU on this machine.</summary>
public static class QemuProgram
{
    /// <summary>The program's name, and the Debian package that holds it.</summary>
    public const string Name = "qemu-system-aarch64";

    /// <summary>What to tell who lacks it.</summary>
    public const string HowToInstall = $"{Name} is not on PATH: apt-get install qemu-system-arm";

    /// <summary>Its path, or null when it is not on PATH.</summary>
    public static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, Name))
            .FirstOrDefault(File.Exists);
}
