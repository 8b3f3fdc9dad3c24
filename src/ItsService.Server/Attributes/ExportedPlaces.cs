using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Server.Attributes;

/// <summary>
/// The attributes that hold a controller's state, in an order that a kernel takes, too: what is read to export it, and
/// with the values set to restore it (kvm-uapi section 6). Places of frames are not among them.
/// </summary>
internal static class ExportedPlaces
{
    private const int IntIdCount = 1024;
    private const int BankCount = 32;
    private const uint WordBytes = 4;

    /// <summary>All of them.</summary>
    public static IEnumerable<AttributePlace> Of(VirtualGicConfiguration vm) =>
        OfDistributor(vm.Profile.IntIdLines)
            .Concat(OfRedistributors(vm.Affinities))
            .Concat(OfSystemRegisters(vm.Affinities))
            .Concat(OfLines(vm.Profile.IntIdLines, vm.Affinities))
            .Concat(Enumerable.Range(0, vm.ItsCount)
                .Where(its => vm.Layout.ItsBases.ElementAtOrDefault(its) is not null)
                .SelectMany(OfIts));

    /// <summary>GICD_IIDR comes first: a kernel chooses by it how it behaves.</summary>
    private static IEnumerable<AttributePlace> OfDistributor(int intIdLines)
    {
        var rows = GicdMap.Map.Rows.ToLookup(row => row.Id);
        yield return DistributorWord(rows[RegisterId.GicdIidr].Single().Offset);
        RegisterId[] arrays =
        [
            RegisterId.Igroupr, RegisterId.Isenabler, RegisterId.Icfgr, RegisterId.Ipriorityr, RegisterId.Ispendr,
            RegisterId.Isactiver,
        ];
        foreach (var row in arrays.SelectMany(id => rows[id]))
        {
            // The first bank is the redistributors'.
            var wordsOfBank = row.Count / BankCount;
            for (var word = wordsOfBank; word < row.Count * intIdLines / IntIdCount; word++)
            {
                yield return DistributorWord(row.Offset + (word * (int)WordBytes));
            }
        }

        var routes = rows[RegisterId.GicdIrouter].Single();
        for (var number = 0; number < Math.Min(intIdLines - routes.FirstNumber, routes.Count); number++)
        {
            var low = routes.Offset + (number * routes.WidthBytes);
            yield return DistributorWord(low);
            yield return DistributorWord(low + (int)WordBytes);
        }

        yield return DistributorWord(rows[RegisterId.GicdCtlr].Single().Offset);
    }

    /// <summary>Where the tables lie, of all of them, before LPIs are enabled at any.</summary>
    private static IEnumerable<AttributePlace> OfRedistributors(IReadOnlyList<Affinity> affinities)
    {
        RegisterId[] bases = [RegisterId.GicrPropbaser, RegisterId.GicrPendbaser];
        RegisterId[] others =
        [
            RegisterId.GicrWaker, RegisterId.Igroupr, RegisterId.Isenabler, RegisterId.Icfgr, RegisterId.Ipriorityr,
            RegisterId.Ispendr, RegisterId.Isactiver, RegisterId.GicrCtlr,
        ];
        foreach (var (ids, vcpu) in from ids in new[] { bases, others }
                                    from vcpu in Enumerable.Range(0, affinities.Count)
                                    select (ids, vcpu))
        {
            foreach (var row in ids.SelectMany(id => GicrMap.Map.Rows.Where(row => row.Id == id)))
            {
                for (var word = 0u; word < row.Count * row.WidthBytes / WordBytes; word++)
                {
                    yield return OfVcpu(
                        affinities, vcpu, AttributeGroup.RedistributorRegisters, (uint)row.Offset + (word * WordBytes));
                }
            }
        }
    }

    private static IEnumerable<AttributePlace> OfSystemRegisters(IReadOnlyList<Affinity> affinities)
    {
        SystemRegister[] registers =
        [
            SystemRegister.IccSre, SystemRegister.IccCtlr, SystemRegister.IccPmr, SystemRegister.IccBpr0,
            SystemRegister.IccBpr1, .. Range(SystemRegister.IccAp0R0, SystemRegister.IccAp0R3),
            .. Range(SystemRegister.IccAp1R0, SystemRegister.IccAp1R3), SystemRegister.IccIgrpen0,
            SystemRegister.IccIgrpen1,
        ];
        return from vcpu in Enumerable.Range(0, affinities.Count)
               from register in registers
               select OfVcpu(affinities, vcpu, AttributeGroup.SystemRegisters, (uint)register);
    }

    /// <summary>Of PPIs each vCPU has its own; of SPIs KVM wants some vCPU named.</summary>
    private static IEnumerable<AttributePlace> OfLines(int intIdLines, IReadOnlyList<Affinity> affinities)
    {
        for (var vcpu = 0; vcpu < affinities.Count; vcpu++)
        {
            yield return OfVcpu(affinities, vcpu, AttributeGroup.LineLevels, 0);
        }

        for (var first = BankCount; first < intIdLines; first += BankCount)
        {
            yield return OfVcpu(affinities, 0, AttributeGroup.LineLevels, (uint)first);
        }
    }

    private static IEnumerable<SystemRegister> Range(SystemRegister first, SystemRegister last) =>
        Enumerable.Range((int)first, last - first + 1).Select(encoding => (SystemRegister)encoding);

    /// <summary>CTLR last: with it a kernel would begin to run commands.</summary>
    private static IEnumerable<AttributePlace> OfIts(int its)
    {
        var rows = GitsMap.Map.Rows.ToLookup(row => row.Id);
        RegisterId[] first =
            [RegisterId.GitsIidr, RegisterId.GitsCbaser, RegisterId.GitsCreadr, RegisterId.GitsCwriter];
        foreach (var id in first)
        {
            yield return ItsAttribute(its, AttributeGroup.ItsRegisters, (ulong)rows[id].Single().Offset);
        }

        var tables = rows[RegisterId.GitsBaser].Single();
        for (var number = 0; number < tables.Count; number++)
        {
            var offset = (ulong)(tables.Offset + (number * tables.WidthBytes));
            yield return ItsAttribute(its, AttributeGroup.ItsRegisters, offset);
        }

        yield return ItsAttribute(its, AttributeGroup.Control, ControlAttribute.RestoreTables);
        yield return ItsAttribute(its, AttributeGroup.ItsRegisters, (ulong)rows[RegisterId.GitsCtlr].Single().Offset);
    }

    private static AttributePlace DistributorWord(int offset) =>
        new(Its: null, AttributeGroup.DistributorRegisters, (ulong)offset, default);

    private static AttributePlace OfVcpu(
        IReadOnlyList<Affinity> affinities, int vcpu, AttributeGroup group, uint number) =>
        new(Its: null, group, ((ulong)affinities[vcpu].Packed << 32) | number, new VcpuIndex(vcpu));

    private static AttributePlace ItsAttribute(int its, AttributeGroup group, ulong attr) =>
        new(its, group, attr, default);
}
