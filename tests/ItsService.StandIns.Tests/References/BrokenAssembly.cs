using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ItsService.StandIns.Tests.References;

/// <summary>
/// An assembly that refers to one type and one member that Grpc.Core.Api does not have, and to one it has.
/// </summary>
internal static class BrokenAssembly
{
    public const string MissingTypeName = "NoSuchType";
    public const string MissingMemberName = "NoSuchMember";

    public static byte[] Build()
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(
            0,
            metadata.GetOrAddString("Broken.dll"),
            metadata.GetOrAddGuid(Guid.NewGuid()),
            default,
            default);
        metadata.AddAssembly(
            metadata.GetOrAddString("Broken"),
            new Version(1, 0, 0, 0),
            default,
            default,
            default,
            AssemblyHashAlgorithm.None);
        metadata.AddTypeDefinition(
            default,
            default,
            metadata.GetOrAddString("<Module>"),
            default,
            MetadataTokens.FieldDefinitionHandle(1),
            MetadataTokens.MethodDefinitionHandle(1));

        AssemblyName target = typeof(Grpc.Core.Status).Assembly.GetName();
        AssemblyReferenceHandle api = metadata.AddAssemblyReference(
            metadata.GetOrAddString(target.Name!),
            target.Version!,
            default,
            metadata.GetOrAddBlob(target.GetPublicKeyToken()!),
            default,
            default);
        StringHandle grpcCore = metadata.GetOrAddString("Grpc.Core");
        metadata.AddTypeReference(api, grpcCore, metadata.GetOrAddString(MissingTypeName));
        TypeReferenceHandle status =
            metadata.AddTypeReference(api, grpcCore, metadata.GetOrAddString(nameof(Grpc.Core.Status)));
        metadata.AddMemberReference(status, metadata.GetOrAddString(MissingMemberName), VoidMethod(metadata));

        var image = new BlobBuilder();
        new ManagedPEBuilder(
            new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll | Characteristics.ExecutableImage),
            new MetadataRootBuilder(metadata),
            ilStream: new BlobBuilder()).Serialize(image);
        return image.ToArray();
    }

    private static BlobHandle VoidMethod(MetadataBuilder metadata)
    {
        var signature = new BlobBuilder();
        new BlobEncoder(signature)
            .MethodSignature(isInstanceMethod: true)
            .Parameters(0, returnType => returnType.Void(), _ => { });
        return metadata.GetOrAddBlob(signature);
    }
}
