using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.State;

/// <summary>A register of an ITS written from outside a Paused VM's guest: it executes nothing.</summary>
internal static class StagedRegister
{
    public const int Ctlr = 0x0;
    public const int Cwriter = 0x88;
    public const int Creadr = 0x90;

    public static Task WriteAsync(TestServer server, Guest guest, int offset, ulong value, int its = 0) =>
        server.Host(guest.Name).EnterAsync<Write, Done>(
            new Write(its, offset, value), TestContext.Current.CancellationToken).AsTask().WithinLimit();

    /// <summary>Whether something is staged.</summary>
    public static Task<bool> IsAnyAsync(TestServer server, Guest guest) =>
        server.Host(guest.Name).EnterAsync<Ask, bool>(
            default, TestContext.Current.CancellationToken).AsTask().WithinLimit();

    private readonly struct Ask : IVmOperation<bool>
    {
        public bool Run(VmContent vm) => vm.Gic.Userspace.HasStaged;
    }

    private readonly struct Write(int its, int offset, ulong value) : IVmOperation<Done>
    {
        public Done Run(VmContent vm)
        {
            var result = vm.Gic.Userspace.WriteItsRegister(its, offset, value);
            Assert.True(result.Error == ItsService.Core.Userspace.UserspaceError.None, $"{result}");
            return default;
        }
    }
}
