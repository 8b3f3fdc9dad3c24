using ItsService.Server.Checkpoints;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>Numbers of checkpoints ascend as long as the service runs, however many VMs there were.</summary>
public class GivenNumbersTests
{
    [Fact]
    public void Number_is_remembered_by_vm_and_never_goes_down()
    {
        var given = new GivenNumbers();

        given.Note(new CheckpointName("vms/a", 3));
        given.Note(new CheckpointName("vms/a", 2));

        Assert.Equal((3, 0), (given.LastOf("vms/a"), given.LastOf("vms/b")));
    }

    [Fact]
    public void Beyond_so_many_vms_one_number_stands_for_all()
    {
        var given = new GivenNumbers(vmsMax: 2);
        given.Note(new CheckpointName("vms/a", 7));
        given.Note(new CheckpointName("vms/b", 1));
        Assert.Equal(1, given.LastOf("vms/b"));

        given.Note(new CheckpointName("vms/c", 2));
        given.Note(new CheckpointName("vms/b", 8));

        Assert.Equal((7, 8, 7, 7), (
            given.LastOf("vms/a"), given.LastOf("vms/b"), given.LastOf("vms/c"), given.LastOf("vms/d")));
    }
}
