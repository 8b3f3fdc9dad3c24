using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ItsService.Qtest;

/// <summary>
/// The CPU interfaces of a machine whose CPUs run (<see cref="QemuOptions.RunCpus"/>): scripts of accesses, run by all
/// CPUs at the same time.
/// </summary>
public sealed class CpuInterfaces
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    // Polling hard would keep QEMU's lock from the very CPUs that are waited for.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMicroseconds(20);

    private readonly QemuMachine _machine;
    private readonly QtestScript _script = new();

    /// <param name="machine">One whose CPUs run.</param>
    public CpuInterfaces(QemuMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _machine = machine.Options.RunCpus
            ? machine
            : throw new ArgumentException("The CPUs of this machine never start.", nameof(machine));
    }

    /// <summary>Runs one script on each CPU from the first on; one that is empty leaves its CPU asleep.</summary>
    public CpuResult[] Run(params IReadOnlyList<CpuScript> scripts)
    {
        ArgumentNullException.ThrowIfNull(scripts);
        var busy = Enumerable.Range(0, scripts.Count).Where(cpu => scripts[cpu].Count > 0).ToArray();
        Begin(scripts, busy);
        WaitUntilDone(busy);
        return Collect(scripts, busy);
    }

    private void Begin(IReadOnlyList<CpuScript> scripts, int[] busy)
    {
        _script.Clear();
        foreach (var cpu in busy)
        {
            _script.WriteMemory(MailboxProgram.BoxOf(cpu) + MailboxProgram.ScriptOffset, scripts[cpu].Encode());
            _script.Write(MailboxProgram.BoxOf(cpu), 8, (ulong)scripts[cpu].Count);
            Wake(cpu, true);
        }

        _machine.Run(_script);
    }

    private void WaitUntilDone(int[] busy)
    {
        var waited = Stopwatch.StartNew();
        for (var polls = 0; ; polls++)
        {
            Pause(polls);
            _script.Clear();
            var left = Array.ConvertAll(busy, cpu => _script.Read(MailboxProgram.BoxOf(cpu), 8));
            var answers = _machine.Run(_script);
            var unfinished = busy.Where((_, index) => answers[left[index]] != 0).ToArray();
            if (unfinished.Length == 0)
            {
                return;
            }

            WakeAgain(unfinished);

            if (waited.Elapsed > Timeout)
            {
                throw new QtestException("A CPU does not finish its script");
            }
        }
    }

    /// <summary>A CPU that was just falling asleep may have missed the edge of its line.</summary>
    private void WakeAgain(int[] unfinished)
    {
        _script.Clear();
        foreach (var cpu in unfinished)
        {
            Wake(cpu, false);
            Wake(cpu, true);
        }

        _machine.Run(_script);
    }

    private CpuResult[] Collect(IReadOnlyList<CpuScript> scripts, int[] busy)
    {
        _script.Clear();
        foreach (var cpu in busy)
        {
            Wake(cpu, false);
        }

        var scriptsAfter = Array.ConvertAll(busy, cpu => _script.ReadMemory(
            MailboxProgram.BoxOf(cpu) + MailboxProgram.ScriptOffset, scripts[cpu].Count * CpuScript.EntryBytes));
        var answers = _machine.Run(_script);
        var results = new CpuResult[scripts.Count];
        Array.Fill(results, new CpuResult([], []));
        for (var index = 0; index < busy.Length; index++)
        {
            var cpu = busy[index];
            results[cpu] = scripts[cpu].Decode(answers[scriptsAfter[index]], count => ReadDrained(cpu, count));
        }

        return results;
    }

    private uint[] ReadDrained(int cpu, int count)
    {
        _script.Clear();
        var bytes = _script.ReadMemory(MailboxProgram.DrainedOf(cpu), count * sizeof(uint));
        return MemoryMarshal.Cast<byte, uint>(_machine.Run(_script)[bytes]).ToArray();
    }

    /// <summary>The FIQ line wakes a CPU from WFI; FIQs stay masked.</summary>
    private void Wake(int cpu, bool level) =>
        _script.SetLine($"/machine/unattached/device[{cpu}]", "unnamed-gpio-in", 1, level);

    private static void Pause(int polls)
    {
        if (polls > 50)
        {
            Thread.Sleep(1);
            return;
        }

        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < FirstPause)
        {
            Thread.Yield();
        }
    }
}
