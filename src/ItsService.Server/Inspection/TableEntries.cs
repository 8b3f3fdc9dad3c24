using ItsService.Core;

namespace ItsService.Server.Inspection;

/// <summary>A snapshot as the messages of a dump, in the order that the API promises.</summary>
internal static class TableEntries
{
    /// <summary>The entries, one after another.</summary>
    public static IEnumerable<V1.TableEntry> Of(TableSnapshot snapshot)
    {
        for (var number = 0; number < snapshot.Services.Count; number++)
        {
            foreach (var entry in OfIts(number, snapshot.Services[number]))
            {
                yield return entry;
            }
        }

        for (var vcpu = 0; vcpu < snapshot.Redistributors.Count; vcpu++)
        {
            yield return Redistributor(vcpu, snapshot.Redistributors[vcpu].Summary);
            foreach (var lpi in snapshot.Redistributors[vcpu].PendingLpis)
            {
                yield return PendingLpi(vcpu, lpi);
            }
        }
    }

    private static IEnumerable<V1.TableEntry> OfIts(int number, TableSnapshot.ItsTables its)
    {
        yield return Its(number, its);
        foreach (var (collection, target) in its.Collections)
        {
            yield return new V1.TableEntry
            {
                Collection = new V1.CollectionEntry
                {
                    Its = (uint)number,
                    CollectionId = collection.Value,
                    Vcpu = (uint)target.Value,
                },
            };
        }

        foreach (var device in its.Devices)
        {
            yield return Device(number, device.Summary);
            foreach (var mapped in device.Events)
            {
                yield return Event(number, device.Summary, mapped);
            }
        }
    }

    private static V1.TableEntry Its(int number, TableSnapshot.ItsTables its) => new()
    {
        Its = new V1.ItsEntry
        {
            Its = (uint)number,
            Enabled = its.Summary.IsEnabled,
            Stalled = its.Summary.IsStalled,
            QueueValid = its.Summary.IsQueueValid,
            QueueAddress = its.Summary.QueueAddress.Value,
            QueueSizeBytes = its.Summary.QueueSizeBytes,
            ReadOffset = its.Summary.ReadOffset,
            WriteOffset = its.Summary.WriteOffset,
            CollectionCount = (ulong)its.Summary.CollectionCount,
            DeviceCount = (ulong)its.Summary.DeviceCount,
            EventCount = (ulong)its.Devices.Sum(device => (long)device.Summary.EventCount),
        },
    };

    private static V1.TableEntry Device(int itsNumber, DeviceSummary device) => new()
    {
        Device = new V1.DeviceEntry
        {
            Its = (uint)itsNumber,
            DeviceId = device.Device.Value,
            IttAddress = device.IttAddress.Value,
            EventIdBits = (uint)device.EventIdBits,
            EventCount = (ulong)device.EventCount,
        },
    };

    private static V1.TableEntry Event(int itsNumber, DeviceSummary device, EventSummary mapped) => new()
    {
        Event = new V1.EventEntry
        {
            Its = (uint)itsNumber,
            DeviceId = device.Device.Value,
            EventId = mapped.Event.Value,
            IntId = mapped.Lpi.Value,
            CollectionId = mapped.Collection.Value,
        },
    };

    private static V1.TableEntry Redistributor(int vcpu, RedistributorSummary redistributor) => new()
    {
        Redistributor = new V1.RedistributorEntry
        {
            Vcpu = (uint)vcpu,
            Affinity = redistributor.Affinity.Packed,
            LpisEnabled = redistributor.AreLpisEnabled,
            ConfigurationTableAddress = redistributor.ConfigurationTable.Value,
            IntIdBits = (uint)redistributor.IntIdBits,
            PendingTableAddress = redistributor.PendingTable.Value,
            PendingLpiCount = (ulong)redistributor.PendingLpiCount,
        },
    };

    private static V1.TableEntry PendingLpi(int vcpu, PendingLpiSummary lpi) => new()
    {
        PendingLpi = new V1.PendingLpiEntry
        {
            Vcpu = (uint)vcpu,
            IntId = lpi.Lpi.Value,
            Enabled = lpi.IsEnabled,
            Priority = lpi.Priority,
        },
    };
}
