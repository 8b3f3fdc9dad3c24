using Grpc.Core;
using ItsService.Server.Attributes;
using ItsService.Server.Machines;

namespace ItsService.Server.Services;

/// <summary>KVM's device attributes.</summary>
internal sealed class DeviceAttributesService(VmRegistry registry) : V1.DeviceAttributes.DeviceAttributesBase
{
    private const string VmField = "vm";

    public override async Task<V1.HasAttributeResponse> HasAttribute(
        V1.HasAttributeRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, VmField);
        var place = AttributeReader.ReadToFind(vm, request.Attribute);
        var answer = await vm.EnterAsync<HasAttributeOperation, AttributeAnswer>(
            new HasAttributeOperation(place), context.CancellationToken);
        answer.ValueOrThrow(vm.Name);
        return new V1.HasAttributeResponse();
    }

    public override async Task<V1.GetAttributeResponse> GetAttribute(
        V1.GetAttributeRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, VmField);
        var place = AttributeReader.Read(vm, request.Attribute);
        var answer = await vm.EnterAsync<GetAttributeOperation, AttributeAnswer>(
            new GetAttributeOperation(place, request.Value), context.CancellationToken);
        return new V1.GetAttributeResponse { Value = answer.ValueOrThrow(vm.Name) };
    }

    public override async Task<V1.SetAttributeResponse> SetAttribute(
        V1.SetAttributeRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, VmField);
        var place = AttributeReader.Read(vm, request.Attribute);
        AttributeReader.CheckWidth(vm, place, request.Value);
        var answer = await vm.EnterAsync<SetAttributeOperation, AttributeAnswer>(
            new SetAttributeOperation(place, request.Value), context.CancellationToken);
        answer.ValueOrThrow(vm.Name);
        return new V1.SetAttributeResponse();
    }
}
