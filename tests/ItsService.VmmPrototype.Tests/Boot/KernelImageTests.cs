using System.Buffers.Binary;
using ItsService.VmmPrototype.Boot;

namespace ItsService.VmmPrototype.Tests.Boot;

public class KernelImageTests
{
    [Fact]
    public void Linux_says_where_it_lies_and_how_much_it_takes()
    {
        var image = new byte[4096];
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(8), 0x20_0000);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(16), 0x10_0000);
        "ARMd"u8.CopyTo(image.AsSpan(56));

        var kernel = KernelImage.From(image);

        Assert.True(kernel.IsLinux);
        Assert.Equal(0x20_0000u, kernel.Offset);
        Assert.Equal(0x10_0000u, kernel.SizeBytes);
    }

    [Fact]
    public void Any_other_program_lies_512_KiB_above_the_beginning_of_RAM()
    {
        var kernel = KernelImage.From([0, 0, 0, 0x14]);

        Assert.False(kernel.IsLinux);
        Assert.Equal(0x8_0000u, kernel.Offset);
    }

    [Fact]
    public void A_compressed_kernel_is_refused()
    {
        var image = new byte[4096];
        image[0] = 0x1F;
        image[1] = 0x8B;

        Assert.Contains("compressed", Assert.Throws<GuestImageException>(() => KernelImage.From(image)).Message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() => Assert.Contains(
        "no-such-kernel", Assert.Throws<GuestImageException>(() => KernelImage.ReadFile("no-such-kernel")).Message);
}
