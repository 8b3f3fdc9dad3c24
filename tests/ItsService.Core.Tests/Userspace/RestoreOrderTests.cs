using ItsService.Core.State;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>
/// The seven steps that restore an ITS, in every order there is: the same state each time, nothing executed before the
/// VM runs, and then what was in flight and nothing else. docs/state-orders.md has the table.
/// </summary>
public class RestoreOrderTests
{
    private const uint FirstLpi = 8192;
    private const int SampledEvery = 31;

    private static readonly GuestOptions Options = new() { VcpuCount = 2, InlineCommandsMax = 0 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_order_of_the_seven_steps_brings_the_same_state(bool isInFlight)
    {
        var saved = new Saved(isInFlight);
        var documented = saved.Restore(ItsSteps.All);
        var count = 0;
        foreach (var order in Permutations.Of(ItsSteps.All))
        {
            saved.AssertRestores(order, documented);
            count++;
        }

        Assert.Equal(5040, count);
    }

    /// <summary>The redistributors come first there; here they come anywhere.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Redistributors_may_be_written_at_every_place_of_an_order(bool isInFlight)
    {
        var saved = new Saved(isInFlight);
        var documented = saved.Restore(ItsSteps.All);
        var sample = Permutations.Of(ItsSteps.All).Where((_, number) => number % SampledEvery == 0);
        var count = 0;
        foreach (var order in sample)
        {
            for (var place = 0; place <= order.Length; place++)
            {
                ItsStep[] eight = [.. order.Take(place), saved.LpiRegisters, .. order.Skip(place)];
                saved.AssertRestores(eight, documented);
                count++;
            }
        }

        Assert.Equal(163 * 8, count);
    }

    /// <summary>Each of the three registers of both vCPUs by itself, and between them the steps of the ITS.</summary>
    [Fact]
    public void Registers_of_redistributors_may_be_written_in_every_order()
    {
        var saved = new Saved(isInFlight: true);
        var documented = saved.Restore(ItsSteps.All);
        var rest = ItsSteps.All.Where(step => step.Name is not "IIDR").ToArray();
        foreach (var order in Permutations.Of(saved.Redistributors))
        {
            saved.AssertRestores([.. order.Take(3), .. rest, .. order.Skip(3)], documented);
        }
    }

    /// <summary>How many of the orders end how where each step takes effect at once.</summary>
    [Theory]
    [InlineData(false, "LeftDisabled 3360, Replayed 882, Same 196, WithoutMappings 322, WithoutPointers 280")]
    [InlineData(
        true,
        "LeftDisabled 3360, RanTooEarly 196, Replayed 882, Same 140, WithoutMappings 182, WithoutPointers 280")]
    public void Orders_that_a_kernel_would_take_are_few(bool isInFlight, string outcomes)
    {
        var counts = Permutations.Of(ItsSteps.All)
            .CountBy(order => KernelRules.Outcome(order.Select(step => step.Name), isInFlight))
            .Select(count => $"{count.Key} {count.Value}")
            .Order(StringComparer.Ordinal);

        Assert.Equal(outcomes, string.Join(", ", counts));
    }

    /// <summary>
    /// A VM that was saved: its registers, and its memory, in which every slot that does not wait holds a command that
    /// would show.
    /// </summary>
    private sealed class Saved
    {
        private readonly AttributeImage _image;
        private readonly Guest _guest = new(Options);
        private readonly GicState _atReset = new Guest(Options).Gic.Persistence.Save();
        private readonly GicState _before;
        private readonly ulong[] _slots;

        public Saved(bool isInFlight)
        {
            var donor = Donor(isInFlight);
            ScriptedGuests.SaveTables(donor);
            _before = donor.Gic.Persistence.Save();
            _image = AttributeImage.Of(donor);
            RamCopy.Copy(donor, _guest);
            ScriptedGuests.OverwriteConsumed(_guest, donor);
            _guest.Gic.Pause();
            new AttributePort(donor).Resume();
            _slots =
            [
                .. Enumerable.Range(0, (int)(donor.Cwriter() - donor.Creadr()) / GuestCommand.SizeBytes)
                    .Select(number => Places.Queue() + donor.Creadr() + (ulong)(number * GuestCommand.SizeBytes)),
            ];
            LpiRegisters = new ItsStep("redistributors", (port, _, image) => image.WriteLpiRegisters(port));
            Redistributors =
            [
                .. Enumerable.Range(0, Options.VcpuCount).SelectMany(vcpu => new[]
                {
                    new ItsStep("PROPBASER", (port, _, _) => port.WriteGicr64(
                        vcpu, GicrOffset.Propbaser, donor.Gicr(vcpu).Read64(GicrOffset.Propbaser))),
                    new ItsStep("PENDBASER", (port, _, _) => port.WriteGicr64(
                        vcpu, GicrOffset.Pendbaser, donor.Gicr(vcpu).Read64(GicrOffset.Pendbaser))),
                    new ItsStep("GICR_CTLR", (port, _, _) => port.WriteGicr(vcpu, GicrOffset.Ctlr, 1)),
                }),
            ];
        }

        /// <summary>An eighth step.</summary>
        public ItsStep LpiRegisters { get; }

        public ItsStep[] Redistributors { get; }

        /// <summary>
        /// The state when the VM has run what was in flight. Redistributors come first where the order does not name
        /// them.
        /// </summary>
        public GicState Restore(ItsStep[] order)
        {
            Begin();
            var port = new AttributePort(_guest);
            _guest.Accesses.StartRecording();
            _image.WriteOthers(port);
            if (!order.Contains(LpiRegisters) && !order.Contains(Redistributors[0]))
            {
                _image.WriteLpiRegisters(port);
            }

            foreach (var step in order)
            {
                step.Write(port, 0, _image);
            }

            // Not one access to guest memory, so that no command can have been executed.
            Assert.Empty(_guest.Accesses.StopRecording());
            Assert.Null(Begun(_guest.Gic.Persistence.Save()));

            _guest.Accesses.StartRecording();
            port.Resume();
            Assert.DoesNotContain(_guest.Accesses.StopRecording(), ScriptRun.IsFetch);
            Assert.Null(StateDifference.Between(_before, _guest.Gic.Persistence.Save()));

            _guest.Accesses.StartRecording();
            _guest.Drain();
            var fetches = _guest.Accesses.StopRecording().Where(ScriptRun.IsFetch);
            Assert.Equal(_slots, fetches.Select(fetch => fetch.Range.Start.Value));
            return _guest.Gic.Persistence.Save();
        }

        public void AssertRestores(ItsStep[] order, GicState expected)
        {
            try
            {
                Assert.Null(StateDifference.Between(expected, Restore(order)));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(string.Join(", ", order.Select(step => step.Name)), exception);
            }
        }

        /// <summary>A controller at reset over the memory as it was saved.</summary>
        private void Begin()
        {
            _guest.Gic.Reset();
            _guest.Gic.Pause();
            for (var vcpu = 0; vcpu < Options.VcpuCount; vcpu++)
            {
                var bits = _before.Redistributors[vcpu].PendingLpis.Aggregate(
                    0UL, (word, lpi) => word | (1UL << (int)(lpi - FirstLpi)));
                _guest.Write64(Places.PendingByte(vcpu, FirstLpi), bits);
            }
        }

        /// <summary>What of the staged registers is in force before the commit, which must be nothing.</summary>
        private string? Begun(GicState state) => StateDifference.Between(
            _atReset with { Distributor = state.Distributor, CpuInterfaces = state.CpuInterfaces }, state);

        private static Guest Donor(bool isInFlight)
        {
            var guest = Guest.Started(Options);
            guest.Run(
                GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1), GuestCommand.Mapc(2, 0),
                GuestCommand.Mapd(3, 4, Places.Itt(3)), GuestCommand.Mapd(9, 6, Places.Itt(9)),
                GuestCommand.Mapti(3, 0, FirstLpi, 0), GuestCommand.Mapti(3, 7, FirstLpi + 1, 1),
                GuestCommand.Mapti(9, 40, FirstLpi + 2, 1), GuestCommand.Mapti(9, 41, FirstLpi + 3, 5),
                GuestCommand.MapcUnmap(2));
            guest.Signal(3, 0);
            guest.Signal(9, 40);
            Assert.Empty(guest.TakeErrors());
            if (isInFlight)
            {
                guest.Publish(
                    0, GuestCommand.Mapc(5, 1), GuestCommand.Int(9, 41), GuestCommand.Mapti(9, 2, FirstLpi + 9, 0),
                    GuestCommand.Movi(3, 0, 1), GuestCommand.Int(9, 2));
            }

            return guest;
        }
    }
}
