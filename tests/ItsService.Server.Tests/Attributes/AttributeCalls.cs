using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;

namespace ItsService.Server.Tests.Attributes;

/// <summary>KVM's device attributes of a VM, as a VMM calls them.</summary>
internal static class AttributeCalls
{
    public const uint AddressGroup = 0;
    public const uint DistributorGroup = 1;
    public const uint ControlGroup = 4;
    public const uint RedistributorGroup = 5;
    public const uint SystemRegisterGroup = 6;
    public const uint LevelGroup = 7;
    public const uint ItsGroup = 8;

    public static DeviceAttribute DistributorPlace { get; } = OfController(AddressGroup, 2);

    public static DeviceAttribute RedistributorsPlace { get; } = OfController(AddressGroup, 3);

    public static DeviceAttribute RegionPlace { get; } = OfController(AddressGroup, 5);

    public static DeviceAttribute Init { get; } = OfController(ControlGroup, 0);

    public static DeviceAttribute SavePendingTables { get; } = OfController(ControlGroup, 3);

    public static DeviceAttribute OfController(uint group, ulong attr) => new() { Group = group, Attr = attr };

    public static DeviceAttribute OfIts(uint group, ulong attr, uint its = 0) =>
        new() { Its = its, Group = group, Attr = attr };

    public static DeviceAttribute ItsPlace(uint its = 0) => OfIts(AddressGroup, 4, its);

    public static DeviceAttribute SaveTables(uint its = 0) => OfIts(ControlGroup, 1, its);

    public static DeviceAttribute RestoreTables(uint its = 0) => OfIts(ControlGroup, 2, its);

    public static DeviceAttribute ResetIts(uint its = 0) => OfIts(ControlGroup, 4, its);

    public static DeviceAttribute Gits(ulong offset, uint its = 0) => OfIts(ItsGroup, offset, its);

    public static DeviceAttribute Gicd(uint offset) => OfController(DistributorGroup, offset);

    /// <summary>With the affinities that vCPUs below 16 have by default.</summary>
    public static DeviceAttribute Gicr(uint vcpu, uint offset) =>
        OfController(RedistributorGroup, ((ulong)vcpu << 32) | offset);

    public static DeviceAttribute Icc(uint vcpu, uint encoding) =>
        OfController(SystemRegisterGroup, ((ulong)vcpu << 32) | encoding);

    /// <summary>The lines of 32 INTIDs; <paramref name="info"/> is 0 for them and nothing else so far.</summary>
    public static DeviceAttribute Lines(uint vcpu, uint firstIntId, uint info = 0) =>
        OfController(LevelGroup, ((ulong)vcpu << 32) | (info << 10) | firstIntId);

    public static Task HasAttributeAsync(this Guest guest, DeviceAttribute attribute) =>
        guest.Api.HasAttributeAsync(new HasAttributeRequest { Vm = guest.Name, Attribute = attribute });

    public static async Task<ulong> GetAttributeAsync(
        this Guest guest, DeviceAttribute attribute, ulong value = 0)
    {
        var response = await guest.Api.GetAttributeAsync(
            new GetAttributeRequest { Vm = guest.Name, Attribute = attribute, Value = value });
        return response.Value;
    }

    public static Task SetAttributeAsync(this Guest guest, DeviceAttribute attribute, ulong value = 0) =>
        guest.Api.SetAttributeAsync(
            new SetAttributeRequest { Vm = guest.Name, Attribute = attribute, Value = value });

    public static Task<Vm> PauseAsync(this Guest guest) => guest.Api.PauseAsync(guest.Name);

    public static Task<Vm> ResumeAsync(this Guest guest) => guest.Api.ResumeAsync(guest.Name);
}
