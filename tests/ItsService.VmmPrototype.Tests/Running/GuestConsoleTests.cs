using ItsService.VmmPrototype.Running;

namespace ItsService.VmmPrototype.Tests.Running;

public class GuestConsoleTests
{
    private readonly List<byte> _handedOn = [];
    private readonly GuestConsole _console;

    public GuestConsoleTests()
    {
        _console = new GuestConsole(_handedOn.Add);
    }

    [Fact]
    public void It_reads_what_the_guest_says_of_its_disk()
    {
        Say("[    1.0] x\r\n@@ bad blocks: 3\r\n@@ kernel complaints: 0\r\n");

        Assert.Equal(3, _console.BadBlocks);
        Assert.Equal(0, _console.KernelComplaints);
        Assert.False(_console.HasPanicked);
    }

    [Fact]
    public void A_guest_that_says_nothing_has_told_nothing()
    {
        Say("hello\n@@ bad blocks: many\n");

        Assert.Null(_console.BadBlocks);
    }

    [Fact]
    public void A_panic_is_seen()
    {
        Say("[    1.2] Kernel panic - not syncing: VFS\n");

        Assert.True(_console.HasPanicked);
    }

    [Fact]
    public void All_bytes_are_handed_on()
    {
        Say("ab\n");

        Assert.Equal("ab\n"u8.ToArray(), _handedOn);
    }

    private void Say(string text)
    {
        foreach (var character in text)
        {
            _console.Receive((byte)character);
        }
    }
}
