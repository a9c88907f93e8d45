using System.Numerics;

namespace ModelPersistence.Serving;

/// <summary>
/// Counts the leases that are out by when they were taken, to a tick of a second: cheaper than a list of them, and as good for telling how
/// many there are and how old the oldest is. Leases are counted in cohorts; each tick opens a new one as long as there is an empty one, so
/// that some that are held for long leave the precision of the others as it is.
/// </summary>
/// <remarks>Safe for any number of threads: each processor counts on a line of its own. <see cref="Advance"/> is called by one at a time.</remarks>
internal sealed class LeaseAges
{
    /// <summary>A line of the processor's cache.</summary>
    private const int Cohorts = 8;

    private const int MostPages = 16;

    private readonly long[]?[] _pages = new long[]?[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MostPages))];
    private readonly long[] _begun = new long[Cohorts];
    private readonly bool[] _reported = new bool[Cohorts];
    private int _current;

    public LeaseAges(long now)
    {
        for (var cohort = 0; cohort < Cohorts; cohort++)
        {
            _begun[cohort] = now;
        }
    }

    /// <summary>Counts a lease in.</summary>
    /// <returns>What <see cref="Return"/> is to be told.</returns>
    public int Take()
    {
        var cohort = Volatile.Read(ref _current);
        Interlocked.Increment(ref Page()[cohort]);
        return cohort;
    }

    public void Return(int cohort) => Interlocked.Decrement(ref Page()[cohort]);

    /// <summary>When the leases of a cohort were taken, at the earliest; a timestamp of the clock.</summary>
    public long BegunAt(int cohort) => Volatile.Read(ref _begun[cohort]);

    /// <summary>Opens a new cohort where there is an empty one.</summary>
    public void Advance(long now)
    {
        for (var i = 1; i < Cohorts; i++)
        {
            var next = (_current + i) & (Cohorts - 1);

            // A lease that is being counted into it at this moment looks younger than it is by a tick, no more.
            if (Sum(next) == 0)
            {
                Open(next, now);
                return;
            }
        }

        if (Sum(_current) == 0)
        {
            Volatile.Write(ref _begun[_current], now);
        }
        else if (YoungestReported() is { } reported)
        {
            // Leases that are never given back must not hold all cohorts for good: they were told of, and look younger from now on.
            Open(reported, now);
        }
    }

    /// <summary>How many leases are out, and when the oldest was taken; null where none is.</summary>
    public (long Count, long? Oldest) Look()
    {
        long count = 0;
        long? oldest = null;
        for (var cohort = 0; cohort < Cohorts; cohort++)
        {
            // A lease that is given back while this adds up may have been counted out but not in.
            if (Math.Max(0, Sum(cohort)) is > 0 and var leases)
            {
                count += leases;
                oldest = Math.Min(oldest ?? long.MaxValue, BegunAt(cohort));
            }
        }

        return (count, oldest);
    }

    /// <summary>The cohorts begun before a moment of which leases are still out, each once.</summary>
    public IEnumerable<(long Count, long Begun)> Overdue(long before)
    {
        for (var cohort = 0; cohort < Cohorts; cohort++)
        {
            if (!_reported[cohort] && BegunAt(cohort) < before && Sum(cohort) is > 0 and var leases)
            {
                _reported[cohort] = true;
                yield return (leases, BegunAt(cohort));
            }
        }
    }

    private void Open(int cohort, long now)
    {
        Volatile.Write(ref _begun[cohort], now);
        _reported[cohort] = false;
        Volatile.Write(ref _current, cohort);
    }

    /// <summary>The oldest of all keeps its age.</summary>
    private int? YoungestReported()
    {
        var oldest = Array.IndexOf(_begun, _begun.Min());
        int? youngest = null;
        for (var cohort = 0; cohort < Cohorts; cohort++)
        {
            if (_reported[cohort] && cohort != oldest && cohort != _current && !(_begun[cohort] < (youngest is { } other ? _begun[other] : long.MinValue)))
            {
                youngest = cohort;
            }
        }

        return youngest;
    }

    private long[] Page()
    {
        var index = Thread.GetCurrentProcessorId() & (_pages.Length - 1);
        return _pages[index] ?? Add(index);
    }

    private long[] Add(int index)
    {
        var page = new long[Cohorts];
        return Interlocked.CompareExchange(ref _pages[index], page, null) ?? page;
    }

    private long Sum(int cohort)
    {
        long sum = 0;
        foreach (var page in _pages)
        {
            sum += page is null ? 0 : Volatile.Read(ref page[cohort]);
        }

        return sum;
    }
}
