using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace ItsService.Qtest;

/// <summary>A QEMU of one's own with an ITS, driven by qtest. It ends with this object.</summary>
public sealed class QemuMachine : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _directory;
    private readonly Process _process;
    private readonly StringBuilder _complaints;
    private readonly QtestScript _single = new();

    private QemuMachine(
        QemuOptions options, DirectoryInfo directory, Process process, StringBuilder complaints, Socket socket)
    {
        Options = options;
        _directory = directory;
        _process = process;
        _complaints = complaints;
        Connection = new QtestConnection(socket);
    }

    /// <summary>Its shape.</summary>
    public QemuOptions Options { get; }

    /// <summary>The way to it.</summary>
    public QtestConnection Connection { get; }

    /// <summary>Starts one; it takes about a tenth of a second.</summary>
    /// <exception cref="QtestException">There is none on PATH, or it does not start.</exception>
    public static QemuMachine Start(QemuOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var program = QemuProgram.Find() ?? throw new QtestException(QemuProgram.HowToInstall);
        var directory = Directory.CreateTempSubdirectory("its-qtest-");
        try
        {
            return Start(program, options, directory);
        }
        catch
        {
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Sends the requests and waits for all answers.</summary>
    public QtestAnswers Run(QtestScript script) => Connection.Run(script);

    /// <summary>Reads one register.</summary>
    public ulong Read(ulong address, int sizeBytes)
    {
        _single.Clear();
        var value = _single.Read(address, sizeBytes);
        return Run(_single)[value];
    }

    /// <summary>Writes one register.</summary>
    public void Write(ulong address, int sizeBytes, ulong value)
    {
        _single.Clear();
        _single.Write(address, sizeBytes, value);
        Run(_single);
    }

    /// <summary>Ends QEMU.</summary>
    public void Dispose()
    {
        Connection.Dispose();
        End(_process);
        _directory.Delete(recursive: true);
    }

    /// <summary>What it wrote on its standard error.</summary>
    public override string ToString()
    {
        lock (_complaints)
        {
            return _complaints.ToString();
        }
    }

    private static QemuMachine Start(string program, QemuOptions options, DirectoryInfo directory)
    {
        var socketPath = Path.Combine(directory.FullName, "qtest");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        listener.Listen(1);

        var complaints = new StringBuilder();
        var process = StartProcess(program, Arguments(options, directory, socketPath), complaints);
        try
        {
            var socket = Accept(listener, process, complaints);
            var machine = new QemuMachine(options, directory, process, complaints, socket);
            if (options.RunCpus)
            {
                MailboxProgram.WaitUntilReady(machine);
            }

            return machine;
        }
        catch
        {
            End(process);
            throw;
        }
    }

    // Debian's QEMU has no qtest accelerator, but its qtest server works with any: with the CPUs stopped it is as good.
    private static List<string> Arguments(QemuOptions options, DirectoryInfo directory, string socketPath)
    {
        List<string> arguments =
        [
            "-M", "virt,gic-version=3,its=on", "-accel", "tcg,thread=multi", "-smp", $"{options.Cpus}",
            "-m", $"{options.MemoryMiB}M", "-display", "none", "-nodefaults",
            "-qtest", $"unix:{socketPath}", "-qtest-log", "none",
        ];
        if (!options.RunCpus)
        {
            return [.. arguments, "-S"];
        }

        var image = Path.Combine(directory.FullName, "mailbox");
        File.WriteAllBytes(image, MailboxProgram.Image(options.Cpus));
        return [.. arguments, "-cpu", "cortex-a57", "-kernel", image];
    }

    private static Process StartProcess(string program, List<string> arguments, StringBuilder complaints)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (complaints)
            {
                complaints.AppendLine(line.Data);
            }
        };
        process.Start();
        process.BeginErrorReadLine();
        return process;
    }

    private static Socket Accept(Socket listener, Process process, StringBuilder complaints)
    {
        var waited = Stopwatch.StartNew();
        while (!listener.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead))
        {
            if (process.HasExited || waited.Elapsed > StartTimeout)
            {
                process.WaitForExit(TimeSpan.FromSeconds(1));
                throw new QtestException($"{process.StartInfo.FileName} does not start: {complaints}");
            }
        }

        return listener.Accept();
    }

    private static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.WaitForExit();
        process.Dispose();
    }
}
