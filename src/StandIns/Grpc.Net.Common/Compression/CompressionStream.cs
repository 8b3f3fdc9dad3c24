namespace Grpc.Net.Compression;

/// <summary>
/// Compresses into an output that stays open. The platform's streams write nothing at all for empty input, which no
/// other implementation accepts as compressed; this one then writes the encoding of nothing.
/// </summary>
internal sealed class CompressionStream : Stream
{
    private readonly Stream _output;
    private readonly Func<Stream, Stream> _createCompressor;
    private readonly byte[] _encodingOfNothing;
    private Stream? _compressor;
    private bool _disposed;

    /// <param name="output">Where compressed bytes go.</param>
    /// <param name="createCompressor">Makes the platform's stream, at the first byte.</param>
    /// <param name="encodingOfNothing">What is written when there was no byte.</param>
    public CompressionStream(Stream output, Func<Stream, Stream> createCompressor, byte[] encodingOfNothing)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _createCompressor = createCompressor;
        _encodingOfNothing = encodingOfNothing;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !_disposed;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.Length > 0)
        {
            Compressor().Write(buffer);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return buffer.Length > 0 ? Compressor().WriteAsync(buffer, cancellationToken) : ValueTask.CompletedTask;
    }

    public override void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _compressor?.Flush();
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _compressor?.FlushAsync(cancellationToken) ?? Task.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            if (_compressor is null)
            {
                await _output.WriteAsync(_encodingOfNothing).ConfigureAwait(false);
            }
            else
            {
                await _compressor.DisposeAsync().ConfigureAwait(false);
            }
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            if (_compressor is null)
            {
                _output.Write(_encodingOfNothing);
            }
            else
            {
                _compressor.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private Stream Compressor() => _compressor ??= _createCompressor(_output);
}
