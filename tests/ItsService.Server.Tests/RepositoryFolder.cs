namespace ItsService.Server.Tests;

/// <summary>The working tree that these tests were built in.</summary>
internal static class RepositoryFolder
{
    private const string Mark = "ItsService.sln";

    private static readonly string Root = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, Mark)))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException($"no folder above the tests has {Mark}");
    }
}
