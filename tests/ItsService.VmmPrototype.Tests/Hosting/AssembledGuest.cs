using System.ComponentModel;
using System.Diagnostics;
using ItsService.Server.Tests;

namespace ItsService.VmmPrototype.Tests.Hosting;

/// <summary>A program of tests/guests, assembled by Debian's binutils-aarch64-linux-gnu.</summary>
internal static class AssembledGuest
{
    // Where machines laid out as QEMU's virt have a program that is no Linux.
    private const string LoadAddress = "0x40080000";

    /// <summary>Its bytes, as they lie in memory.</summary>
    public static async Task<byte[]> OfAsync(string source)
    {
        Needs.Engine();
        var directory = Directory.CreateTempSubdirectory("its-guest-");
        try
        {
            string In(string name) => Path.Combine(directory.FullName, name);
            await RunAsync("as", "-o", In("guest.o"), RepositoryFolder.PathOf("tests", "guests", source));
            await RunAsync("ld", $"-Ttext={LoadAddress}", "-o", In("guest.elf"), In("guest.o"));
            await RunAsync("objcopy", "-O", "binary", In("guest.elf"), In("guest.bin"));
            return await File.ReadAllBytesAsync(In("guest.bin"), TestContext.Current.CancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo($"aarch64-linux-gnu-{tool}", arguments) { RedirectStandardError = true };
        Process? process;
        try
        {
            process = Process.Start(start);
        }
        catch (Win32Exception) when (Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Skip("the assembler is missing: Debian's package is binutils-aarch64-linux-gnu");
            throw;
        }

        using (process)
        {
            var problem = await process!.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, problem);
        }
    }
}
