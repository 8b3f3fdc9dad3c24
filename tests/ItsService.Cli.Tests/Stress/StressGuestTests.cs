using System.Buffers.Binary;
using ItsService.Cli.Stress;

namespace ItsService.Cli.Tests.Stress;

/// <summary>The commands by which the guest of `itsctl stress` maps everything, read by the manual's tables.</summary>
public sealed class StressGuestTests
{
    private const int Vcpus = 4;
    private const int Devices = 3;
    private const int Events = 5;
    private const ulong Sync = 0x05;
    private const ulong MapDevice = 0x08;
    private const ulong MapCollection = 0x09;
    private const ulong MapEvent = 0x0A;

    private static readonly List<Decoded> Commands =
        [.. new StressGuest(new StressShape(Vcpus, Devices, Events, Iterations: 1, Coalesces: true)).Commands()
            .Select(Decode)];

    [Fact]
    public void Each_vcpu_has_a_collection_of_its_own()
    {
        var mapped = Commands.Where(command => command.Opcode == MapCollection).ToList();

        Assert.All(mapped, command => Assert.True(command.IsValid));
        Assert.Equal(Vcpus, mapped.Select(command => command.Collection).Distinct().Count());
        Assert.Equal<ulong>([0, 1, 2, 3], mapped.Select(command => command.RdBase).Order());
    }

    [Fact]
    public void Lpis_go_to_the_vcpus_in_turns()
    {
        var vcpus = Commands.Where(command => command.Opcode == MapCollection)
            .ToDictionary(command => command.Collection, command => command.RdBase);
        var mapped = Commands.Where(command => command.Opcode == MapEvent).ToList();

        // 8192 to vCPU 0, 8193 to vCPU 1, and so on: four or three to each.
        Assert.Equal(
            Enumerable.Range(0, Devices * Events).Select(number => (8192ul + (ulong)number, (ulong)number % 4)),
            mapped.Select(command => (command.PhysicalIntId, vcpus[command.Collection])));
        Assert.Equal(
            from device in Enumerable.Range(0, Devices)
            from number in Enumerable.Range(0, Events)
            select ((ulong)device, (ulong)number),
            mapped.Select(command => (command.Device, command.Event)));
    }

    [Fact]
    public void Device_has_a_table_of_its_own_before_its_events_are_mapped()
    {
        var devices = Commands.Where(command => command.Opcode == MapDevice).ToList();

        Assert.Equal([0, 1, 2], devices.Select(command => command.Device));
        Assert.Equal(Devices, devices.Select(command => command.Table).Distinct().Count());
        Assert.All(devices, command =>
        {
            Assert.True(command.IsValid);
            Assert.True(
                Commands.IndexOf(command) < Commands.FindIndex(
                    one => one.Opcode == MapEvent && one.Device == command.Device));
            // Room for five, of three bits.
            Assert.Equal(2ul, command.EventIdBitsLessOne);
        });
    }

    [Fact]
    public void Sync_of_each_vcpu_comes_last()
    {
        var last = Commands.TakeLast(Vcpus).ToList();

        Assert.All(last, command => Assert.Equal(Sync, command.Opcode));
        Assert.Equal<ulong>([0, 1, 2, 3], last.Select(command => command.RdBase).Order());
        Assert.Equal(Vcpus, Commands.Count(command => command.Opcode == Sync));
    }

    private static Decoded Decode(byte[] slot)
    {
        Assert.Equal(32, slot.Length);
        var words = Enumerable.Range(0, 4)
            .Select(word => BinaryPrimitives.ReadUInt64LittleEndian(slot.AsSpan(word * sizeof(ulong)))).ToList();
        return new Decoded(words[0], words[1], words[2]);
    }

    /// <summary>A command's doublewords, and the fields of those that are used here.</summary>
    private sealed record Decoded(ulong First, ulong Second, ulong Third)
    {
        public ulong Opcode => First & 0xFF;

        public ulong Device => First >> 32;

        public ulong Event => Second & 0xFFFF_FFFF;

        public ulong PhysicalIntId => Second >> 32;

        public ulong EventIdBitsLessOne => Second & 0x1F;

        public ulong Collection => Third & 0xFFFF;

        public ulong RdBase => (Third >> 16) & 0x7_FFFF_FFFF;

        public ulong Table => Third & 0x000F_FFFF_FFFF_FF00;

        public bool IsValid => Third >> 63 == 1;
    }
}
