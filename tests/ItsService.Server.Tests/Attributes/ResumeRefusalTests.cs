using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Attributes;

/// <summary>
/// What does not fit together is refused by Resume, all of it at once: the VM stays Paused, nothing has changed, and
/// the value that was wrong can be mended.
/// </summary>
public class ResumeRefusalTests
{
    private const ulong Valid = 1UL << 63;
    private const uint Efault = 14;
    private const uint Eexist = 17;
    private const uint Einval = 22;
    private const ulong Nowhere = 0x1000_0000;

    /// <summary>What is staged, or stands in guest memory, and the problems that it makes.</summary>
    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["CREADR outside the queue"] = new(
            [(Gits(RegisterOffset.GitsCreadr), 0x1_0000)], [new("its[0].GITS_CREADR", Einval)]),
        ["CWRITER outside the queue"] = new(
            [(Gits(RegisterOffset.GitsCwriter), 0x1_0000)], [new("its[0].GITS_CWRITER", Einval)]),
        ["a pointer outside the queue that became smaller"] = new(
            [
                (Gits(RegisterOffset.GitsCtlr), 0),
                (Gits(RegisterOffset.GitsCreadr), 0x1000),
                (Gits(RegisterOffset.GitsCbaser), Valid | GuestMap.Queue(0)),
            ],
            [new("its[0].GITS_CREADR", Einval)]),
        ["Enabled without a valid queue"] = new(
            [
                (Gits(RegisterOffset.GitsCtlr), 0),
                (Gits(RegisterOffset.GitsCtlr), 1),
                (Gits(RegisterOffset.GitsCbaser), 0),
            ],
            [new("its[0].GITS_CTLR", Einval)]),
        ["base registers of an ITS that stays enabled"] = new(
            [(Gits(RegisterOffset.GitsCbaser), 0), (Gits(RegisterOffset.GitsBaser(1)), 0)],
            [new("its[0].GITS_BASER1", Einval), new("its[0].GITS_CBASER", Einval)]),
        ["RESTORE_TABLES over what is mapped"] = new([(RestoreTables(), 0)], [new("its[0]", Eexist)]),
        ["a device table that is not in RAM"] = new(
            [(ResetIts(), 0), (Gits(RegisterOffset.GitsBaser(0)), Valid | Nowhere), (RestoreTables(), 0)],
            [new("its[0].", Efault)]),
        ["several, of one ITS and of a redistributor"] = new(
            [
                (Gits(RegisterOffset.GitsCreadr), 0x1_0000),
                (Gits(RegisterOffset.GitsCwriter), 0x2_0000),
                (Gicr(1, RegisterOffset.GicrPendbaser), (uint)GuestMap.PendingTable(9)),
            ],
            [
                new("redistributor[1].GICR_PENDBASER", Einval),
                new("its[0].GITS_CREADR", Einval),
                new("its[0].GITS_CWRITER", Einval),
            ]),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Resume_is_refused_with_every_problem_for(string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootMappedAsync(server);
        await guest.PauseAsync();
        foreach (var (attribute, value) in Cases[name].Staged)
        {
            await guest.SetAttributeAsync(attribute, value);
        }

        var before = await guest.DumpAsync();

        var refusal = await Refusal.OfAsync(() => guest.ResumeAsync());

        AssertProblems(Cases[name].Problems, guest, refusal);
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
        Assert.Equal(before, await guest.DumpAsync());
    }

    [Fact]
    public async Task Value_that_was_wrong_is_mended_and_the_vm_runs()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootMappedAsync(server);
        await guest.PauseAsync();
        var offset = await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCreadr));
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCreadr), 0x1_0000);
        var waiting = guest.SignalAsync(device: 1, eventId: 0);
        await Refusal.OfAsync(() => guest.ResumeAsync());
        Assert.Equal(0x1_0000u, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCreadr)));
        Assert.False(waiting.IsCompleted);

        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCreadr), offset);

        Assert.Equal(VmState.Running, (await guest.ResumeAsync()).State);
        Assert.Equal(MsiOutcome.Pended, (await waiting).Result.Outcome);
    }

    [Fact]
    public async Task Saving_is_refused_with_the_problems_of_what_is_staged()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootMappedAsync(server);
        await guest.PauseAsync();
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCreadr), 0x1_0000);
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCwriter), 0x1_0000);
        Problem[] problems = [new("its[0].GITS_CREADR", Einval), new("its[0].GITS_CWRITER", Einval)];

        AssertProblems(problems, guest, await Refusal.OfAsync(() => guest.SetAttributeAsync(SaveTables())));
        AssertProblems(problems, guest, await Refusal.OfAsync(() => guest.SetAttributeAsync(SavePendingTables)));
    }

    [Fact]
    public async Task Pending_tables_are_not_saved_where_memory_is_gone()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootMappedAsync(server);
        await guest.PauseAsync();
        await guest.Api.UpdateMemoryAsync(new UpdateMemoryRequest
        {
            Name = guest.Name,
            RemoveBases = { GuestMap.RamBase },
        });

        AssertProblems(
            [new("redistributor[0]", Efault)],
            guest,
            await Refusal.OfAsync(() => guest.SetAttributeAsync(SavePendingTables)));
        AssertProblems(
            [new("its[0]", Efault)], guest, await Refusal.OfAsync(() => guest.SetAttributeAsync(SaveTables())));
    }

    [Fact]
    public async Task Tables_that_a_guest_spoiled_are_refused_entry_by_entry()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootMappedAsync(server);
        await guest.PauseAsync();
        await guest.SetAttributeAsync(SaveTables());
        var devices = await guest.GetAttributeAsync(Gits(RegisterOffset.GitsBaser(0)));
        var collections = await guest.GetAttributeAsync(Gits(RegisterOffset.GitsBaser(1)));
        await guest.SetAttributeAsync(ResetIts());
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsBaser(0)), devices);
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsBaser(1)), collections);
        await guest.SetAttributeAsync(RestoreTables());
        var table = GuestMap.TranslationTable(its: 0, device: 1);
        var entries = await guest.ReadMemoryAsync(table, 16);
        // ITEs: next in [63:48], pINTID in [47:16], ICID in [15:0].
        await guest.WriteMemoryAsync(table, GuestMap.Doublewords((1UL << 48) | (100UL << 16), (8193UL << 16) | 77));

        var refusal = await Refusal.OfAsync(() => guest.ResumeAsync());

        AssertProblems(
            [new("its[0].device[0x1].itt[0]", Einval), new("its[0].device[0x1].itt[1]", Einval)], guest, refusal);
        await guest.WriteMemoryAsync(table, entries);
        Assert.Equal(VmState.Running, (await guest.ResumeAsync()).State);
        Assert.Contains(await guest.DumpAsync(), entry => entry.KindCase == TableEntry.KindOneofCase.Device);
    }

    private static async Task<Guest> BootMappedAsync(TestServer server)
    {
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.MapDeviceAsync(device: 1, eventCount: 2, firstLpi: 8192);
        return guest;
    }

    private static void AssertProblems(Problem[] expected, Guest guest, Refusal refusal)
    {
        Assert.Equal(StatusCode.FailedPrecondition, refusal.Code);
        Assert.All(refusal.Details, detail => Assert.Equal(guest.Name, detail.Resource));
        Assert.All(refusal.Details, detail => Assert.Equal(ReasonOf(detail.KvmErrno), detail.Reason));
        Assert.Equal(expected.Length, refusal.Details.Count);
        Assert.All(expected.Zip(refusal.Details), pair =>
        {
            Assert.StartsWith(pair.First.Path, pair.Second.Field, StringComparison.Ordinal);
            Assert.Equal(pair.First.Errno, pair.Second.KvmErrno);
        });
    }

    private static ErrorReason ReasonOf(uint errno) => errno switch
    {
        Efault => ErrorReason.StateNotInMemory,
        Eexist => ErrorReason.AlreadyMapped,
        _ => ErrorReason.InconsistentState,
    };

    private sealed record Problem(string Path, uint Errno);

    private sealed record Case((DeviceAttribute Attribute, ulong Value)[] Staged, Problem[] Problems);
}
