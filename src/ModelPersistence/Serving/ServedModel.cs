using Microsoft.Extensions.Logging;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;
using ModelPersistence.Telemetry;

namespace ModelPersistence.Serving;

/// <summary>
/// One version as this process serves it: a stable identity that holds the current slot. Several references may lead here. A swap
/// publishes the new slot first and gives up the old one after, so that a reader always finds a live one.
/// </summary>
internal sealed class ServedModel(string name, ModelVersion version, Sha256Digest? digest, LoadRecorder recorder, ServingContext context)
{
    private static readonly TimeSpan FirstUse = TimeSpan.FromSeconds(5);

    private readonly Lock _swap = new();
    private readonly RunTags _tags = new(name, version.ToString());
    private readonly long _created = context.CoarseNow;
    private readonly List<Task> _retired = [];
    private volatile ModelSlot? _current;
    private volatile ModelState _state = ModelState.Loading;
    private volatile IReadOnlyList<string> _degradations = [];
    private volatile WarmupStatistics? _warmup;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Sha256Digest? _digest = digest;
    private volatile RollbackWatch? _trial;
    private long _lastUsed = context.CoarseNow;
    private bool _wasUsed;
    private volatile Task _earlier = Task.CompletedTask;
    private int _led;

    public string Name => name;

    public ModelVersion Version => version;

    public string DisplayName => $"{name}:{version}";

    public Sha256Digest? Digest
    {
        get
        {
            lock (_swap)
            {
                return _digest;
            }
        }

        set
        {
            lock (_swap)
            {
                _digest = value;
            }
        }
    }

    public LoadRecorder Recorder => recorder;

    /// <summary>The leases that are out.</summary>
    public LeaseAges Leases { get; } = new(context.Clock.GetTimestamp());

    public ILogger Logger => context.Logger;

    public ModelSlot? Current => _current;

    public ModelState State => _state;

    /// <summary>Whether the session that serves is the last one: no better tier is on its way.</summary>
    public bool IsSettled => _settled.Task.IsCompleted;

    /// <summary>Completes when the session that serves is the last one, or no better one could be had.</summary>
    public Task Settled => _settled.Task;

    /// <summary>
    /// Whether no lease is out, and whoever waited for the load has had the time to take the first one: what was loaded with effort must
    /// not make way before it was used.
    /// </summary>
    public bool IsIdle => _current is not { IsLeased: true }
        && _earlier.IsCompleted
        && (Volatile.Read(ref _wasUsed) || context.Clock.GetElapsedTime(_created, context.CoarseNow) >= FirstUse);

    /// <summary>When a lease was last taken or given back, as a timestamp of the clock that is as coarse as a tick of a second.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    public IReadOnlyList<string> Degradations => _degradations;

    /// <summary>What it has claimed of the memory budget; null where nobody counts.</summary>
    public MemoryClaim? Claim { get; set; }

    /// <summary>The bytes of files that are mapped for it; the system can take their pages back.</summary>
    public long MappedBytes { get; set; }

    /// <summary>How its runs went.</summary>
    public RunStatistics Statistics { get; } = new();

    public WarmupStatistics? Warmup
    {
        get => _warmup;
        set => _warmup = value;
    }

    /// <summary>What turned out to be wrong with its bytes; set before it is withdrawn for that.</summary>
    public ModelIntegrityException? Mismatch { get; set; }

    /// <summary>Whether it still serves, so that another reference may join.</summary>
    public bool IsLive => _current is not null;

    public ModelLease? TryLease() => TryAcquire() is { } slot ? new ModelLease(slot) : null;

    /// <summary>The current slot, with a count that the caller releases; null when the model was withdrawn.</summary>
    public ModelSlot? TryAcquire()
    {
        while (_current is { } slot)
        {
            if (slot.TryAcquire())
            {
                return slot;
            }
        }

        return null;
    }

    /// <summary>Publishes a session and withdraws the one before it. False, and the session is disposed, when the model was withdrawn meanwhile.</summary>
    public bool Publish(OpenedSession opened, SessionTier tier)
    {
        ModelSlot? before;
        lock (_swap)
        {
            before = _current;
            if (_state is ModelState.Draining or ModelState.Disposed)
            {
                opened.Dispose();
                return false;
            }

            // Reachable first, then said to be ready.
            _current = new ModelSlot(this, opened, tier);
            _state = ModelState.Ready;
            if (before is not null)
            {
                // Its memory is free only when the leases on its earlier sessions are given back, too.
                _earlier = _earlier.IsCompleted ? before.Disposed : Task.WhenAll(_earlier, before.Disposed);
                _retired.Add(before.Disposed);
            }
            else
            {
                context.ModelBegan(name);
            }
        }

        before?.Withdraw();
        return true;
    }

    /// <summary>Ends the service. Completes when the last lease was given back and everything is freed.</summary>
    public Task WithdrawAsync() => EndAsync(null)!;

    /// <summary>The same, but only while it is idle: null, and it goes on serving, when a lease came first or another session was published.</summary>
    public Task? TryWithdrawIdle() => IsIdle && _current is { } slot && slot.TryWithdrawUnleased() ? EndAsync(slot) : null;

    private Task? EndAsync(ModelSlot? only)
    {
        ModelSlot? last;
        Task[] retired;
        lock (_swap)
        {
            if (only is not null && _current != only)
            {
                return null;
            }

            _state = ModelState.Draining;
            last = _current;
            _current = null;
            if (last is not null)
            {
                _retired.Add(last.Disposed);
                context.ModelEnded(name);
            }

            retired = [.. _retired];
        }

        last?.Withdraw();
        return FinishAsync(retired);

        async Task FinishAsync(Task[] sessions)
        {
            await Task.WhenAll(sessions).ConfigureAwait(false);
            _state = ModelState.Disposed;
        }
    }

    public void Settle()
    {
        _settled.TrySetResult();
        _trial?.JudgeLatency();
        context.Changed();
    }

    /// <summary>Watches the runs from now on, unless they are being watched already.</summary>
    /// <param name="options">What the version may do.</param>
    /// <param name="tripped">Called at most once, on the thread of the run that was too many.</param>
    public void BeginTrial(RollbackOptions options, Action<string> tripped)
    {
        lock (_swap)
        {
            if (_trial is { IsOver: false })
            {
                return;
            }

            _trial = new RollbackWatch(Statistics, options, context.Clock, tripped);
        }

        if (IsSettled)
        {
            _trial?.JudgeLatency();
        }
    }

    /// <summary>When a run begins: the clock's timestamp, or null where nobody wants to know how long it takes.</summary>
    public long? BeginRun() => context.MeasuresRuns || context.Metrics.WantsRuns ? context.Clock.GetTimestamp() : null;

    /// <summary>Counts and times a run that began at a timestamp of the clock; null where it was not taken.</summary>
    public void RunEnded(long? begun, RunOutcome outcome)
    {
        if (begun is { } since)
        {
            RunEnded(context.Clock.GetElapsedTime(since), outcome);
        }
    }

    /// <summary>Counts and times a run.</summary>
    public void RunEnded(TimeSpan elapsed, RunOutcome outcome)
    {
        if (context.MeasuresRuns)
        {
            // Recorded before it is observed: the trial judges by what is recorded.
            Statistics.Record(elapsed, outcome);
            _trial?.Observe(elapsed, outcome);
        }

        if (context.Metrics.WantsRuns)
        {
            context.Metrics.RunEnded(_tags, elapsed, outcome == RunOutcome.Succeeded, outcome == RunOutcome.Rejected);
        }
    }

    /// <summary>Notes that requests come here from now on; true the first time.</summary>
    public bool BeginServing()
    {
        if (Interlocked.Exchange(ref _led, 1) != 0)
        {
            return false;
        }

        recorder.Ready();
        ServingLog.Ready(Logger, DisplayName, Current?.Tier.ToString() ?? "none", recorder.Timeline);
        return true;
    }

    public void Degrade(string reason)
    {
        lock (_swap)
        {
            if (_degradations.Contains(reason))
            {
                return;
            }

            _degradations = [.. _degradations, reason];
        }

        ServingLog.Degraded(Logger, DisplayName, reason);
        context.Feed.Publish(ModelChangeKind.Degraded, DisplayName, version, reason);
        context.Changed();
    }

    /// <summary>Degrades it where there is a reason.</summary>
    public void DegradeIf(string? reason)
    {
        if (reason is not null)
        {
            Degrade(reason);
        }
    }

    /// <summary>Takes a reason back that no longer holds.</summary>
    public void Recover(string reason)
    {
        lock (_swap)
        {
            _degradations = [.. _degradations.Where(known => known != reason)];
        }

        ServingLog.Recovered(Logger, DisplayName, reason);
        context.Feed.Publish(ModelChangeKind.Recovered, DisplayName, version, reason);
        context.Changed();
    }

    public void LeaseEnded(int cohort)
    {
        Leases.Return(cohort);
        var now = context.CoarseNow;
        if (Volatile.Read(ref _lastUsed) != now)
        {
            // Written once a tick, not once a request: the line would travel between the processors.
            Volatile.Write(ref _lastUsed, now);
        }

        if (!Volatile.Read(ref _wasUsed))
        {
            Volatile.Write(ref _wasUsed, true);
        }
    }

    /// <summary>To be called after a lease's count was given back: somebody may wait for the memory of a model that is idle.</summary>
    public void LeaseReturned() => context.Memory?.NotifyIdle();
}
