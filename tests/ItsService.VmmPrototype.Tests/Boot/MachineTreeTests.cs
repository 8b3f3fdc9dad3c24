using ItsService.VmmPrototype.Boot;

namespace ItsService.VmmPrototype.Tests.Boot;

public class MachineTreeTests
{
    private static readonly TreeReader Tree =
        new(MachineTree.Write(3, 1UL << 32, "console=ttyAMA0", (0x4800_0000, 0x1234)));

    [Fact]
    public void The_kernel_finds_its_command_line_and_its_initramfs()
    {
        Assert.Equal(["console=ttyAMA0"], Tree.Texts("/chosen/bootargs"));
        Assert.Equal([0u, 0x4800_0000u], Tree.Cells("/chosen/linux,initrd-start"));
        Assert.Equal([0u, 0x4800_1234u], Tree.Cells("/chosen/linux,initrd-end"));
    }

    [Fact]
    public void Without_an_initramfs_none_is_named()
    {
        var tree = new TreeReader(MachineTree.Write(1, 1 << 28, "", initrd: null));

        Assert.False(tree.Has("/chosen/linux,initrd-start"));
    }

    [Fact]
    public void Memory_may_be_larger_than_a_cell() =>
        Assert.Equal([0u, 0x4000_0000u, 1u, 0u], Tree.Cells("/memory@40000000/reg"));

    [Fact]
    public void Each_vcpu_has_a_node_with_its_affinity()
    {
        Assert.Equal(3, Tree.CountOf(path => path.EndsWith("/enable-method", StringComparison.Ordinal)));
        Assert.Equal([2u], Tree.Cells("/cpus/cpu@2/reg"));
        Assert.Equal(["psci"], Tree.Texts("/cpus/cpu@2/enable-method"));
    }

    [Fact]
    public void The_redistributors_take_as_much_room_as_there_are_vcpus() => Assert.Equal(
        [0u, 0x0800_0000u, 0u, 0x1_0000u, 0u, 0x080A_0000u, 0u, 0x6_0000u], Tree.Cells("/intc@8000000/reg"));

    [Fact]
    public void Messages_of_the_bus_go_to_the_its()
    {
        var its = Tree.Cells("/intc@8000000/its@8080000/phandle").Single();

        Assert.Equal([0u, its, 0u, 0x1_0000u], Tree.Cells("/pcie@3f000000/msi-map"));
        Assert.True(Tree.Has("/intc@8000000/its@8080000/msi-controller"));
    }

    [Fact]
    public void The_virtual_timer_is_ppi_11_and_the_uart_spi_1()
    {
        Assert.Equal([1u, 11u, 4u], Tree.Cells("/timer/interrupts")[6..9]);
        Assert.Equal([0u, 1u, 4u], Tree.Cells("/pl011@9000000/interrupts"));
    }
}
