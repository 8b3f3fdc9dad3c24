using ItsService.Server.Operations;
using ItsService.Server.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ItsService.Server.Tests.Operations;

/// <summary>For which calls a stop waits.</summary>
public sealed class OpenCallsTests : IDisposable
{
    private readonly ManualLifetime _lifetime = new();
    private readonly NoticedTime _time = new();
    private readonly OpenCalls _calls;

    public OpenCallsTests() => _calls = new OpenCalls(_lifetime, _time);

    public void Dispose() => _lifetime.Dispose();

    [Fact]
    public void Stop_without_calls_waits_for_nothing()
    {
        var stop = _calls.StoppingAsync(CancellationToken.None);

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.True(_lifetime.ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Stop_tells_the_open_calls_and_waits_until_the_last_has_its_answer()
    {
        var (one, other, after) = (new Call(), new Call(), new Call());
        await Task.WhenAll(OpenAsync(one), OpenAsync(other));
        await one.EndAsync();

        var stop = _calls.StoppingAsync(CancellationToken.None);
        await OpenAsync(after);

        Assert.True(_lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.False(stop.IsCompleted);
        Assert.False(after.IsCounted);
        await other.EndAsync();
        await stop.WithinLimit();
    }

    [Fact]
    public async Task Stop_gives_those_a_moment_whose_calls_have_ended()
    {
        var call = new Call();
        await OpenAsync(call);
        var stop = _calls.StoppingAsync(CancellationToken.None);

        await call.EndAsync();

        Assert.Equal(TimeSpan.FromMilliseconds(200), await _time.Awaited.WithinLimit());
        await stop.WithinLimit();
    }

    [Fact]
    public async Task Stop_waits_no_longer_than_it_may()
    {
        await OpenAsync(new Call());
        using var limit = new CancellationTokenSource();
        var stop = _calls.StoppingAsync(limit.Token);
        Assert.False(stop.IsCompleted);

        await limit.CancelAsync();

        await stop.WithinLimit();
    }

    [Fact]
    public async Task Second_stop_does_not_end_the_wait_of_the_first()
    {
        var call = new Call();
        await OpenAsync(call);
        var stop = _calls.StoppingAsync(CancellationToken.None);

        await _calls.StoppingAsync(CancellationToken.None);

        Assert.False(stop.IsCompleted);
        await call.EndAsync();
        await stop.WithinLimit();
    }

    private Task OpenAsync(Call call) => _calls.InvokeAsync(call.Context, _ => Task.CompletedTask);

    /// <summary>A call that ends when it is told to.</summary>
    private sealed class Call : HttpResponseFeature
    {
        private Func<Task>? _completed;

        public Call()
        {
            Context = new DefaultHttpContext();
            Context.Features.Set<IHttpResponseFeature>(this);
        }

        public HttpContext Context { get; }

        public bool IsCounted => _completed is not null;

        public Task EndAsync() => _completed!();

        public override void OnCompleted(Func<object, Task> callback, object state) =>
            _completed = () => callback(state);
    }

    /// <summary>The clock, which tells for what somebody has waited.</summary>
    private sealed class NoticedTime : TimeProvider
    {
        private readonly TaskCompletionSource<TimeSpan> _awaited =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TimeSpan> Awaited => _awaited.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _awaited.TrySetResult(dueTime);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
