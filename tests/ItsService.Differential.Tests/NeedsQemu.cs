using ItsService.Qtest;

namespace ItsService.Differential.Tests;

/// <summary>Without QEMU a test cannot tell anything: it is skipped, but fails where CI=true.</summary>
internal static class NeedsQemu
{
    public static void Check()
    {
        if (QemuProgram.Find() is not null)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(QemuProgram.HowToInstall);
        }

        Assert.Skip(QemuProgram.HowToInstall);
    }
}
