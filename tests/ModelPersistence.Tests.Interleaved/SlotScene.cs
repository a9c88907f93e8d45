using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Serving;
using ModelPersistence.Sessions;

namespace ModelPersistence.Tests.Interleaved;

/// <summary>A model with its slots and leases, and what must hold for them after every step.</summary>
internal sealed class SlotScene
{
    private static readonly ServingContext Context = new(new FrozenClock(), NullLogger.Instance, TimeSpan.FromMinutes(1));

    private readonly List<ModelSlot> _slots = [];
    private readonly List<bool> _ended = [];
    private readonly List<FakeOpenedSession> _sessions = [];
    private readonly List<ModelLease> _leases = [];
    private readonly HashSet<ModelLease> _givenBack = [];
    private bool _isWithdrawing;

    public SlotScene() => Publish();

    public ServedModel Model { get; } = new("add", ModelVersion.Parse("1.0.0"), null, new LoadRecorder(new FrozenClock(), 0), Context);

    private int Current => Model.Current is { } current ? _slots.IndexOf(current) : -1;

    public string State =>
        $"{Current} {_isWithdrawing} {string.Join(' ', _slots.Select(static slot => $"{CountOf(slot)}"))} {string.Join(' ', _sessions.Select(static session => $"{session.Session.Disposals}/{session.Leases}"))} {string.Join(' ', _leases.Select(lease => $"{SlotOf(lease) is null}/{_givenBack.Contains(lease)}"))}";

    public static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"It does not hold that {what}.");
        }
    }

    public void Publish()
    {
        FakeOpenedSession session = new();
        _sessions.Add(session);
        Require(Model.Publish(session, SessionTier.Original) || _isWithdrawing || Model.Current is null, "a model takes a session until it is withdrawn");
        See();
        LogicalThread.At($"published {_sessions.IndexOf(session)}");
    }

    public void Withdraw()
    {
        _isWithdrawing = true;
        _ = Model.WithdrawAsync();
    }

    /// <summary>Unloads it if nobody uses it, and tries until then.</summary>
    public void Evict()
    {
        while (Model.Current is not null)
        {
            if (Model.TryWithdrawIdle() is not null)
            {
                Require(_sessions.All(static session => session.Leases == 0) && _slots.All(static slot => CountOf(slot) == 0), "what was unloaded for its memory is not leased");
                return;
            }

            LogicalThread.At("not evicted");
        }
    }

    public ModelLease? Lease()
    {
        var lease = Model.TryLease();
        Require(lease is not null || _isWithdrawing || Model.Current is null, "whoever asks gets a lease while a session is published");
        if (lease is not null)
        {
            See();
            SlotOf(lease)!.Opened.Leases++;
            _leases.Add(lease);
            LogicalThread.At($"leased {_slots.IndexOf(SlotOf(lease)!)}");
        }

        return lease;
    }

    /// <summary>Gives a lease back, which another thread may have done.</summary>
    public void GiveBack(ModelLease lease)
    {
        if (_givenBack.Add(lease))
        {
            SlotOf(lease)!.Opened.Leases--;
        }

        lease.Dispose();
    }

    public void Run(ModelLease lease)
    {
        var slot = SlotOf(lease);
        _ = lease.Run([], Array.Empty<Microsoft.ML.OnnxRuntime.OrtValue>());
        LogicalThread.At($"ran {(slot is null ? -1 : _slots.IndexOf(slot))}");
    }

    public string NameOf(ref int location)
    {
        See();
        for (var i = 0; i < _slots.Count; i++)
        {
            if (Unsafe.AreSame(ref location, ref CountOf(_slots[i])))
            {
                return $"count of {i}";
            }
        }

        throw new NotSupportedException("An operation on something that the search does not know: its states would be mistaken for others.");
    }

    public string NameOf<T>(ref T? location)
        where T : class
    {
        for (var i = 0; i < _leases.Count; i++)
        {
            if (Unsafe.AreSame(ref Unsafe.As<T?, ModelSlot?>(ref location), ref SlotOf(_leases[i])))
            {
                return $"lease {i}";
            }
        }

        throw new NotSupportedException("An operation on something that the search does not know: its states would be mistaken for others.");
    }

    public static void Use(ModelLease lease) => lease.Session.Use();

    public void Check()
    {
        See();
        foreach (var session in _sessions)
        {
            // The slot logs what fails while it disposes, and does not throw it.
            Require(session.Fault is null, session.Fault ?? "");
        }

        for (var i = 0; i < _slots.Count; i++)
        {
            Require(!_ended[i] || CountOf(_slots[i]) == 0, "a count does not revive from zero");
            Require(CountOf(_slots[i]) >= 0, "nothing is given back twice");
            _ended[i] |= CountOf(_slots[i]) == 0;
        }
    }

    public void CheckEnd()
    {
        Require(Model.Current is null, "the model was withdrawn");
        Require(_sessions.All(static session => session.Session.Disposals == 1), "every session has ended once");
    }

    private void See()
    {
        if (Model.Current is { } current && !_slots.Contains(current))
        {
            _slots.Add(current);
            _ended.Add(false);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_count")]
    private static extern ref int CountOf(ModelSlot slot);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_slot")]
    private static extern ref ModelSlot? SlotOf(ModelLease lease);
}
