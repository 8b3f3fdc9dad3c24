using Google.Protobuf;
using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>The RAM of a guest in its VMM: pages where something was written.</summary>
internal sealed class VmmRam
{
    private const int PageSizeBytes = 4096;

    private readonly Dictionary<ulong, byte[]> _pages = [];
    private readonly List<MemoryRequest> _asked = [];
    private volatile Task _silence = Task.CompletedTask;

    /// <summary>Everything that was asked for, in order.</summary>
    public IReadOnlyList<MemoryRequest> Asked
    {
        get
        {
            lock (_pages)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>Whether there is memory at an address.</summary>
    public Func<ulong, bool> Has { get; set; } = _ => true;

    /// <summary>Holds up an answer that is made already, of what the memory had.</summary>
    public Func<MemoryRequest, Task>? Holding { get; set; }

    /// <summary>From now on nothing is answered, until the result is disposed of.</summary>
    public IDisposable FallSilent()
    {
        var silence = new Silence();
        _silence = silence.Over;
        return silence;
    }

    /// <summary>Ends when an address has been asked for.</summary>
    public async Task UntilAskedForAsync(ulong address)
    {
        while (!Asked.Any(request => request.Read is { } read
            && read.Address <= address && address - read.Address < read.LengthBytes))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Does what is asked for, when it may.</summary>
    public async Task<MemoryAnswer> AnswerAsync(MemoryRequest request)
    {
        lock (_pages)
        {
            _asked.Add(request);
        }

        await _silence;
        var answer = Answer(request);
        await (Holding?.Invoke(request) ?? Task.CompletedTask);
        return answer;
    }

    private MemoryAnswer Answer(MemoryRequest request)
    {
        lock (_pages)
        {
            var answer = new MemoryAnswer { Id = request.Id };
            switch (request.AccessCase)
            {
                case MemoryRequest.AccessOneofCase.Read when Has(request.Read.Address):
                    answer.Data = ByteString.CopyFrom(Read(request.Read.Address, (int)request.Read.LengthBytes));
                    break;
                case MemoryRequest.AccessOneofCase.Write when Has(request.Write.Address):
                    Write(request.Write.Address, request.Write.Data.Span);
                    answer.Done = new MemoryDone();
                    break;
                default:
                    answer.Fault = new MemoryFault();
                    break;
            }

            return answer;
        }
    }

    /// <summary>As the guest reads it.</summary>
    public byte[] Read(ulong address, int lengthBytes)
    {
        lock (_pages)
        {
            var bytes = new byte[lengthBytes];
            for (var offset = 0; offset < lengthBytes; offset++)
            {
                var (page, at) = Math.DivRem(address + (ulong)offset, PageSizeBytes);
                bytes[offset] = _pages.GetValueOrDefault(page)?[at] ?? 0;
            }

            return bytes;
        }
    }

    /// <summary>As the guest writes it, telling nobody.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        lock (_pages)
        {
            for (var offset = 0; offset < bytes.Length; offset++)
            {
                var (page, at) = Math.DivRem(address + (ulong)offset, PageSizeBytes);
                if (!_pages.TryGetValue(page, out var held))
                {
                    held = _pages[page] = new byte[PageSizeBytes];
                }

                held[at] = bytes[offset];
            }
        }
    }

    private sealed class Silence : IDisposable
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Over => _over.Task;

        public void Dispose() => _over.TrySetResult();
    }
}
