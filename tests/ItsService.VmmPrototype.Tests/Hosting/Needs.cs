using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Debian;
using ItsService.VmmPrototype.Engine;

namespace ItsService.VmmPrototype.Tests.Hosting;

/// <summary>
/// What is not part of the repository: a test without it is skipped on a desk, and fails where CI is set.
/// </summary>
internal static class Needs
{
    private static bool IsCi => Environment.GetEnvironmentVariable("CI") == "true";

    public static void Engine()
    {
        try
        {
            _ = UnicornLibrary.Instance;
        }
        catch (EngineMissingException problem) when (!IsCi)
        {
            Assert.Skip(problem.Message);
        }
    }

    public static async Task<DebianGuest> DebianAsync()
    {
        Engine();
        try
        {
            return await DebianGuest.GetAsync(_ => { }, TestContext.Current.CancellationToken);
        }
        catch (GuestImageException problem) when (!IsCi)
        {
            Assert.Skip(problem.Message);
            throw;
        }
    }
}
