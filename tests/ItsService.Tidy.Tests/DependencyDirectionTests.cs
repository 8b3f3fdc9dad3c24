using System.Xml.Linq;

namespace ItsService.Tidy.Tests;

/// <summary>Who may know whom: docs/architecture.md, "Parts".</summary>
public class DependencyDirectionTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["ItsService.Core"] = [],
        ["ItsService.Protocol"] = ["Grpc.Core.Api"],
        ["ItsService.Server"] =
        [
            "ItsService.Core", "ItsService.Protocol", "Grpc.Net.Common", "Grpc.Core.Api",
            "OpenTelemetry.Extensions.Hosting",
        ],
        ["ItsService.Client"] = ["ItsService.Protocol", "Grpc.Net.Common", "Grpc.Core.Api"],
        ["ItsService.VmmPrototype"] = ["ItsService.Client"],
        // A composition root: it holds a server in process for --embedded.
        ["ItsService.Cli"] = ["ItsService.Client", "ItsService.Server", "ItsService.VmmPrototype"],
        ["Grpc.Core.Api"] = [],
        ["Grpc.Net.Common"] = ["Grpc.Core.Api"],
        ["OpenTelemetry.Extensions.Hosting"] = [],
    };

    public static TheoryData<string> Projects =>
        [.. SourceTree.With(".csproj").Where(file => file.StartsWith("src/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        Assert.True(Allowed.TryGetValue(name, out var allowed), $"{name} is new: say here what it may reference.");

        var references = XDocument.Parse(SourceTree.Read(file)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        Assert.Empty(references.Except(allowed));
    }

    [Fact]
    public void Core_has_no_package_but_an_analyzer()
    {
        var packages = XDocument.Parse(SourceTree.Read("src/ItsService.Core/ItsService.Core.csproj"))
            .Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value);

        Assert.Equal(["Microsoft.CodeAnalysis.BannedApiAnalyzers"], packages);
    }

    [Fact]
    public void Core_is_built_from_the_runtime_alone()
    {
        var assemblies = typeof(Core.VirtualGic).Assembly.GetReferencedAssemblies()
            .Select(assembly => assembly.Name!).ToArray();

        Assert.NotEmpty(assemblies);
        Assert.DoesNotContain(assemblies, assembly => !assembly.StartsWith("System.", StringComparison.Ordinal));
        Assert.DoesNotContain(assemblies, assembly =>
            assembly.Contains(".Threading", StringComparison.Ordinal)
            || assembly.Contains(".Net", StringComparison.Ordinal)
            || assembly.Contains(".IO", StringComparison.Ordinal)
            || assembly.Contains(".Console", StringComparison.Ordinal));
    }
}
