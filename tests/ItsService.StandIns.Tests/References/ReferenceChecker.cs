using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ItsService.StandIns.Tests.References;

/// <summary>
/// Resolves every reference that an assembly makes into given others, as the runtime would on first use: a missing
/// member otherwise shows only then.
/// </summary>
internal static class ReferenceChecker
{
    /// <summary>Stands for each type parameter of the referring code; the most that any of it has.</summary>
    private static readonly Type[] TypeArguments = [.. Enumerable.Repeat(typeof(object), 8)];

    /// <param name="assembly">The assembly, loaded.</param>
    /// <param name="image">The bytes of the same assembly.</param>
    /// <param name="targets">The simple names of the assemblies referred to.</param>
    public static ReferenceReport Check(Assembly assembly, byte[] image, IReadOnlySet<string> targets)
    {
        using var file = new PEReader(new MemoryStream(image));
        MetadataReader metadata = file.GetMetadataReader();
        var mentions = new TargetMentionFinder(targets);
        Module module = assembly.ManifestModule;
        var missing = new List<string>();

        int types = Resolve(
            metadata.TypeReferences.Where(type => mentions.GetTypeFromReference(metadata, type, 0)),
            type => metadata.GetString(metadata.GetTypeReference(type).Name),
            type => module.ResolveType(MetadataTokens.GetToken(type)),
            assembly,
            missing);
        int members = Resolve(
            metadata.MemberReferences.Where(member => mentions.IsIn(metadata, metadata.GetMemberReference(member))),
            member => metadata.GetString(metadata.GetMemberReference(member).Name),
            member => module.ResolveMember(MetadataTokens.GetToken(member), TypeArguments, TypeArguments)!,
            assembly,
            missing);
        return new ReferenceReport(types, members, missing);
    }

    /// <summary>The simple names of the assemblies that an image refers to.</summary>
    public static IReadOnlyList<string> ReferredAssemblies(byte[] image)
    {
        using var file = new PEReader(new MemoryStream(image));
        if (!file.HasMetadata)
        {
            return [];
        }

        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(
            reference => metadata.GetString(metadata.GetAssemblyReference(reference).Name))];
    }

    private static int Resolve<THandle>(
        IEnumerable<THandle> references,
        Func<THandle, string> nameOf,
        Func<THandle, MemberInfo> resolve,
        Assembly referring,
        List<string> missing)
    {
        int resolved = 0;
        foreach (THandle reference in references)
        {
            try
            {
                if (IsAccessible(resolve(reference), referring))
                {
                    resolved++;
                }
                else
                {
                    missing.Add($"{nameOf(reference)}: not accessible");
                }
            }
            catch (Exception error) when (error is MissingMemberException or TypeLoadException or FileNotFoundException)
            {
                missing.Add($"{nameOf(reference)}: {error.Message}");
            }
        }

        return resolved;
    }

    /// <summary>Resolving ignores visibility; the runtime does not.</summary>
    private static bool IsAccessible(MemberInfo member, Assembly referring) =>
        member.Module.Assembly == referring || member switch
        {
            Type type => type.IsPublic || type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem,
            MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
            FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
            _ => false,
        };
}
