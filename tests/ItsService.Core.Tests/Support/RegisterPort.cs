using ItsService.Core.Identifiers;

namespace ItsService.Core.Tests.Support;

/// <summary>One register frame as a vCPU sees it.</summary>
internal readonly record struct RegisterPort(VirtualGic Gic, FrameKind Frame, int Index)
{
    public ulong Read(int offset, int sizeBytes)
    {
        var result = Gic.ReadRegister(new FrameLocation(Frame, Index, offset), sizeBytes);
        Assert.Equal(AccessStatus.Ok, result.Status);
        return result.Value;
    }

    public ulong Read32(int offset) => Read(offset, 4);

    public ulong Read64(int offset) => Read(offset, 8);

    public AccessResult TryWrite(int offset, int sizeBytes, ulong value, DeviceId? requester = null) =>
        Gic.WriteRegister(new FrameLocation(Frame, Index, offset), sizeBytes, value, requester);

    public void Write(int offset, int sizeBytes, ulong value) =>
        Assert.Equal(AccessStatus.Ok, TryWrite(offset, sizeBytes, value).Status);

    public void Write32(int offset, ulong value) => Write(offset, 4, value);

    public void Write64(int offset, ulong value) => Write(offset, 8, value);
}
