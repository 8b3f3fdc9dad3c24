using ItsService.Server.Machines;

namespace ItsService.Server.Attributes;

/// <summary>Whether an attribute exists.</summary>
internal readonly struct HasAttributeOperation(AttributePlace place) : IVmOperation<AttributeAnswer>
{
    public AttributeAnswer Run(VmContent vm) => place.Group switch
    {
        AttributeGroup.Address => FrameAddresses.Find(place),
        AttributeGroup.Control => Orders.Find(place),
        AttributeGroup.IntIdCount => AttributeAnswer.Done(),
        _ => RegisterAttributes.Find(vm.Gic, place),
    };
}

/// <summary>Reads an attribute.</summary>
/// <param name="place">Which.</param>
/// <param name="value">What came in the value's place: the index of a region.</param>
internal readonly struct GetAttributeOperation(AttributePlace place, ulong value) : IVmOperation<AttributeAnswer>
{
    public AttributeAnswer Run(VmContent vm) => BeforeInit.WhyRefused(vm, place) ?? place.Group switch
    {
        AttributeGroup.Address => FrameAddresses.Get(vm.Gic.Layout, place, value),
        AttributeGroup.IntIdCount => AttributeAnswer.Done((ulong)vm.Shape.Profile.IntIdLines),
        AttributeGroup.Control => AttributeAnswer.Unknown("an order is not read", "attributes of other groups"),
        _ => RegisterAttributes.Get(vm.Gic, place),
    };
}

/// <summary>Writes an attribute, or carries out an order.</summary>
internal readonly struct SetAttributeOperation(AttributePlace place, ulong value) : IVmOperation<AttributeAnswer>
{
    public AttributeAnswer Run(VmContent vm)
    {
        if (place.IsInit && place.Its is null)
        {
            vm.Initialize();
        }

        var answer = BeforeInit.WhyRefused(vm, place) ?? place.Group switch
        {
            AttributeGroup.Address => FrameAddresses.Set(vm, place, value),
            AttributeGroup.IntIdCount => IntIdCount.Set(vm, (uint)value),
            AttributeGroup.Control => Orders.CarryOut(vm.Gic, place),
            _ => RegisterAttributes.Set(vm.Gic, place, value),
        };
        return answer.IsRefusedAsRunning && vm.Hold is not null && place.Group != AttributeGroup.IntIdCount
            ? AttributeAnswer.Running("a save is draining the VM's command queues; write when it has ended")
            : answer;
    }
}
