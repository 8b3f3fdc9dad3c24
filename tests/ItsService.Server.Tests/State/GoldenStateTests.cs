using ItsService.Protocol.V1;
using ItsService.Server.State;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.State;

/// <summary>
/// States that a released version has saved are restored for ever. To keep those of a new version, run this with
/// ITS_GOLDEN_STATES=1 in the environment: it writes what is not there, and never over what is.
/// </summary>
public class GoldenStateTests
{
    private const string WriteVariable = "ITS_GOLDEN_STATES";

    private static readonly string Folder =
        RepositoryFolder.PathOf("tests", "ItsService.Server.Tests", "State", "Goldens");

    private static readonly string[] Guests =
    [
        "commands are in flight", "the queue is stalled", "an LPI is pending at two vCPUs",
        "collections are not mapped", "events share an LPI", "two ITSs are busy", "interrupts are active",
        "messages were dropped", "a vCPU sleeps",
    ];

    public static TheoryData<string> GuestNames => [.. Guests];

    [Theory]
    [MemberData(nameof(GuestNames))]
    public async Task Every_state_ever_kept_is_restored_when(string guestName)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync(guestName, server, server.Tcp);
        var name = guestName.Replace(' ', '-');
        await WriteIfAskedAsync(server, guest.Name, name);
        var goldens = Directory.GetFiles(Folder, $"*.{name}.state");
        Assert.NotEmpty(goldens);

        foreach (var path in goldens)
        {
            var golden = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            await server.Tcp.ResetVmAsync(guest.Name);

            await server.Tcp.RestoreAsync(guest.Name, golden);

            Assert.Equal(MessageIn(golden), MessageIn((await server.Tcp.SaveAsync(guest.Name)).Blob));
        }
    }

    private static async Task WriteIfAskedAsync(TestServer server, string vm, string name)
    {
        var saved = (await server.Tcp.SaveAsync(vm)).Blob;
        var version = SavedState.Parser.ParseFrom(saved.AsSpan(StateEnvelope.HeaderBytes)).SavedBy;
        var path = Path.Combine(Folder, $"{version}.{name}.state");
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1" && !File.Exists(path))
        {
            Directory.CreateDirectory(Folder);
            await File.WriteAllBytesAsync(path, saved, TestContext.Current.CancellationToken);
        }
    }

    private static SavedState MessageIn(byte[] blob)
    {
        var state = SavedState.Parser.ParseFrom(blob.AsSpan(StateEnvelope.HeaderBytes));
        state.SavedBy = "";
        foreach (var value in ProfileValues.All.Where(value => value.WhenAbsent is not null))
        {
            // What a state of an older version stands for.
            state.Shape.ProfileValues.TryAdd(value.Name, value.WhenAbsent!);
        }

        return state;
    }
}
