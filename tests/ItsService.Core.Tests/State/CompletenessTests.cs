using System.Reflection;
using System.Runtime.CompilerServices;

namespace ItsService.Core.Tests.State;

/// <summary>
/// Every field of every object that a controller is made of is in one of three lists: what the saved state has, what
/// follows from it, and what is the host's. A field that is in none may have been forgotten by save and restore.
/// </summary>
public class CompletenessTests
{
    /// <summary>In the saved state, or made of parts that are.</summary>
    private static readonly string[] Saved =
    [
        "VirtualGic: _parts",
        "GicParts: Configurations Distributor Redistributors CpuInterfaces Services FirstToStep",
        "InterruptTranslationService: ControlFrame Queue Devices Collections",
        "ItsControlFrame: _basers IsEnabled Status",
        "ItsStatus: _flags Umsir",
        "CommandQueue: _readOffset _writeOffset Base IsStalled",
        "IdMap: _dense _sparse",
        "MappedDevice: Id IttAddress EventIdBits Events",
        "CollectionTable: _targetPlusOne",
        "LpiConfigurations: _chunks",
        "LpiChunk: _configurations _records",
        "Redistributor: _ownPropbaser _propbaserInForce _pendbaser _asleep PrivateInterrupts Lpis LpisEnabled",
        "Redistributor: _group0BarredFromOneOfN _group1BarredFromOneOfN",
        "PendingLpis: _pending",
        "IntIdBitmap: _near _far",
        "IntIdChunk: _words",
        "IntIdLeaf: _chunks",
        "Distributor: _spiBanks Targets Group0Enabled Group1Enabled",
        "SpiTargets: _routes",
        "InterruptBank: _priorities _configuration Group1 Enabled PendingLatch Active Level NotifiesEnd",
        "CpuInterface: _activeGroup0 _activeGroup1 _priorityMask _binaryPoint0 _binaryPoint1 _control",
        "CpuInterface: _group0Enabled _group1Enabled",
        "ActivePriorities: _registers",
    ];

    /// <summary>It follows from the rest, or is room kept for later: a restore makes it anew.</summary>
    private static readonly string[] Derived =
    [
        "GicParts: MappedDeviceCount MappedEventCount ConfigurationReaders Lines ChunkPool",
        "IdMap: Count",
        "LpiConfigurations: _spare _shares RoomForPending",
        "LpiChunk: _places _commonOwner _ownersDiffer PresentCount UnknownCount",
        "Redistributor: _takenLpiCount _propbaserToBe",
        "PendingLpis: _readyByLevel _levelsReady _best",
        "IntIdBitmap: _nearOccupied _summary Count",
        "IntIdChunk: _summary NextFree",
        "IntIdLeaf: Occupied NextFree",
        "Redistributor: Direct",
        "Distributor: OneOfN",
        "SpiTargets: _targets",
        "InterruptBank: EdgeTriggered",
        "CpuInterface: _groupPriorityMask0 _groupPriorityMask1",
        "ActivePriorities: Highest",
    ];

    /// <summary>
    /// The shape, what the host keeps beside the state or looks at, and how the parts reach one another: it stays with
    /// the controller.
    /// </summary>
    private static readonly string[] OfTheHost =
    [
        "VirtualGic: _userspace State Inspection",
        "GicParts: Configuration Layout Memory Events History Counters Trace Work Affinities Ended",
        "InterruptTranslationService: Parts Number Submissions",
        "ItsControlFrame: _service",
        "ItsStatus: profile",
        "LpiConfigurations: parts",
        "Redistributor: _parts _affinity Index",
        "PendingLpis: owner parts",
        "IntIdBitmap: pool",
        "Distributor: _parts",
        "SpiTargets: _parts Banks",
        "InterruptBank: _owner FirstIntId Implemented Ended",
        "InterruptBank: _pendingBefore WasPending WasAcknowledged IsHistoryUnknown",
        "CpuInterface: _parts _redistributor",
        "ActivePriorities: preemptionBits ImplementedCount",
    ];

    [Fact]
    public void Every_field_is_saved_or_derived_or_the_hosts()
    {
        var known = Names(Saved).Concat(Names(Derived)).Concat(Names(OfTheHost)).ToArray();
        Assert.Equal(known.Length, known.Distinct().Count());
        var found = FieldsOf(typeof(VirtualGic)).Distinct().ToArray();

        Assert.True(found.Order().SequenceEqual(known.Order()), string.Join(
            Environment.NewLine,
            found.Except(known).Select(field => $"in no list: {field}")
                .Concat(known.Except(found).Select(field => $"there is no {field}"))));
    }

    /// <summary>The fields of a type, and of the types of those that are saved.</summary>
    private static IEnumerable<string> FieldsOf(Type root)
    {
        var saved = Names(Saved).ToHashSet();
        var types = new Queue<Type>([root]);
        var seen = new HashSet<Type> { root };
        while (types.TryDequeue(out var type))
        {
            foreach (var field in type.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                var name = $"{NameOf(type)}.{NameOf(field)}";
                yield return name;
                foreach (var part in PartsOf(field.FieldType).Where(part => saved.Contains(name) && seen.Add(part)))
                {
                    types.Enqueue(part);
                }
            }
        }
    }

    private static IEnumerable<string> Names(IEnumerable<string> lines) => lines
        .Select(line => line.Split(": "))
        .SelectMany(parts => parts[1].Split(' ').Select(field => $"{parts[0]}.{field}"));

    /// <summary>Core's classes that a field's type is made of; a structure is a value.</summary>
    private static IEnumerable<Type> PartsOf(Type type) =>
        type.HasElementType ? PartsOf(type.GetElementType()!)
        : type.Assembly == typeof(VirtualGic).Assembly && type.IsClass
            ? type.GenericTypeArguments.SelectMany(PartsOf).Prepend(type)
            : type.GenericTypeArguments.SelectMany(PartsOf);

    private static string NameOf(Type type) => type.Name.Split('`')[0];

    /// <summary>Of a property its name, of a parameter that is kept the parameter's.</summary>
    private static string NameOf(FieldInfo field) =>
        field.IsDefined(typeof(CompilerGeneratedAttribute)) || field.Name.StartsWith('<')
            ? field.Name.TrimStart('<').Split('>')[0]
            : field.Name;
}
