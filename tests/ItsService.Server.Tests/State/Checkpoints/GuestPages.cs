using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>All that a guest's memory holds, at once.</summary>
internal static class GuestPages
{
    /// <summary>Each page that is not zeros, by address, as text that a failed comparison can show.</summary>
    public static Task<IReadOnlyList<string>> OfAsync(TestServer server, Guest guest) =>
        server.Host(guest.Name).EnterAsync<ReadAll, IReadOnlyList<string>>(
            default, TestContext.Current.CancellationToken).AsTask().WithinLimit();

    private readonly struct ReadAll : IVmOperation<IReadOnlyList<string>>
    {
        public IReadOnlyList<string> Run(VmContent vm)
        {
            using var room = vm.Memory.Hosted.TryTakeRoom();
            Assert.NotNull(room);
            using var image = vm.Memory.Hosted.TryTakeImage(room);
            Assert.NotNull(image);
            var pages = new List<string>();
            for (var index = 0; index < image.PageCount; index++)
            {
                var page = Convert.ToHexString(image.Page(index, out var address));
                pages.Add($"0x{address.Value:X}: {page}");
            }

            return pages;
        }
    }
}
