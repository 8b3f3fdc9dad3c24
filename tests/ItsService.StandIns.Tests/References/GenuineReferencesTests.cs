using System.Reflection;
using System.Runtime.Loader;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;

namespace ItsService.StandIns.Tests.References;

/// <summary>The genuine assemblies find everything in the stand-ins that they were compiled against.</summary>
public class GenuineReferencesTests
{
    private static readonly Assembly Server = typeof(GrpcServiceOptions).Assembly;
    private static readonly Assembly Client = typeof(GrpcChannel).Assembly;
    private static readonly Assembly[] GrpcStandIns =
        [typeof(Status).Assembly, typeof(ICompressionProvider).Assembly];
    private static readonly HashSet<string> StandInNames =
    [
        "Grpc.Core.Api",
        "Grpc.Net.Common",
        "OpenTelemetry.Extensions.Hosting",
    ];

    [Fact]
    public void Member_references_of_the_genuine_server_all_resolve()
    {
        ReferenceReport report = Check(Server);

        Assert.Empty(report.Missing);
        // Counted in version 2.85.0; far fewer would mean that the checker overlooks some.
        Assert.True(report.ResolvedTypeCount >= 30, $"only {report.ResolvedTypeCount} types");
        Assert.True(report.ResolvedMemberCount >= 90, $"only {report.ResolvedMemberCount} members");
    }

    [Fact]
    public void Member_references_of_the_genuine_client_all_resolve()
    {
        ReferenceReport report = Check(Client);

        Assert.Empty(report.Missing);
        Assert.True(report.ResolvedTypeCount >= 30, $"only {report.ResolvedTypeCount} types");
        Assert.True(report.ResolvedMemberCount >= 120, $"only {report.ResolvedMemberCount} members");
    }

    [Fact]
    public void Member_references_of_everything_deployed_all_resolve()
    {
        var referring = new List<string>();
        foreach (string path in Directory.GetFiles(AppContext.BaseDirectory, "*.dll"))
        {
            byte[] image = File.ReadAllBytes(path);
            if (!ReferenceChecker.ReferredAssemblies(image).Any(StandInNames.Contains))
            {
                continue;
            }

            Assembly assembly = Assembly.Load(AssemblyName.GetAssemblyName(path));
            referring.Add(assembly.GetName().Name!);
            Assert.Empty(ReferenceChecker.Check(assembly, image, StandInNames).Missing);
        }

        Assert.Contains("Grpc.AspNetCore.Server", referring);
        Assert.Contains("Grpc.Net.Client", referring);
        // The generated stubs and the calls of AddOpenTelemetry are in this assembly.
        Assert.Contains("ItsService.StandIns.Tests", referring);
    }

    [Fact]
    public void Missing_type_and_member_are_reported_by_the_checker()
    {
        byte[] image = BrokenAssembly.Build();
        var context = new AssemblyLoadContext("broken", isCollectible: true);
        try
        {
            Assembly assembly = context.LoadFromStream(new MemoryStream(image));

            ReferenceReport report = ReferenceChecker.Check(assembly, image, StandInNames);

            Assert.Equal(1, report.ResolvedTypeCount);
            Assert.Equal(0, report.ResolvedMemberCount);
            Assert.Collection(
                report.Missing,
                type => Assert.StartsWith(BrokenAssembly.MissingTypeName, type, StringComparison.Ordinal),
                member => Assert.StartsWith(BrokenAssembly.MissingMemberName, member, StringComparison.Ordinal));
        }
        finally
        {
            context.Unload();
        }
    }

    [Theory]
    [InlineData("Grpc.AspNetCore.Server", 20)]
    [InlineData("Grpc.Net.Client", 18)]
    public void Overrides_in_the_genuine_assemblies_find_their_base_method(string assemblyName, int countMin)
    {
        // An override without a base method does not fail to load: it becomes a method of its own that nobody calls.
        MethodInfo[] overrides = [.. Assembly.Load(assemblyName).GetTypes()
            .Where(type => type.BaseType is { } parent && GrpcStandIns.Contains(parent.Assembly))
            .SelectMany(type => type.GetMethods(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.IsVirtual && !method.Attributes.HasFlag(MethodAttributes.NewSlot))];

        Assert.True(overrides.Length >= countMin, $"only {overrides.Length} overrides");
        Assert.DoesNotContain(overrides, method => method.GetBaseDefinition().DeclaringType == method.DeclaringType);
    }

    [Fact]
    public void Stand_ins_carry_the_identity_that_the_genuine_assemblies_ask_for()
    {
        foreach (Assembly standIn in GrpcStandIns)
        {
            AssemblyName name = standIn.GetName();
            Assert.Equal("d754f35622e28bad", Convert.ToHexStringLower(name.GetPublicKeyToken()!));
            Assert.Equal(new Version(2, 0, 0, 0), name.Version);
            Assert.Equal(Server.GetName().GetPublicKey(), name.GetPublicKey());
            Assert.Contains(
                Server.GetReferencedAssemblies(),
                reference => reference.FullName == name.FullName);
            Assert.Contains(
                Client.GetReferencedAssemblies(),
                reference => reference.FullName == name.FullName);
        }
    }

    private static ReferenceReport Check(Assembly assembly) =>
        ReferenceChecker.Check(assembly, File.ReadAllBytes(assembly.Location), StandInNames);
}
