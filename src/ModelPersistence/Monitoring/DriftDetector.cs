namespace ModelPersistence.Monitoring;

/// <summary>
/// Page's cumulative sum control chart, two-sided, over the logarithm of a version's latency. The chart's mean and deviation are the median and the
/// median absolute deviation of what was seen while it was calm, and what one observation adds is winsorized (Hawkins 1993), so that one bad
/// minute raises no alarm, however bad. It learns only while both sums are zero: a shift that it has begun to notice is not learnt away.
/// </summary>
/// <remarks>
/// E. S. Page, Continuous Inspection Schemes, Biometrika 41 (1954). D. M. Hawkins, Robustification of Cumulative Sum Charts by Winsorization, Journal of
/// Quality Technology 25 (1993). The figures in docs/alerts.md come from DriftDetectorTests.
/// </remarks>
internal sealed class DriftDetector(double minShift)
{
    /// <summary>How many observations make a history.</summary>
    public const int Baseline = 30;

    /// <summary>How many observations it takes at least until an alarm.</summary>
    public const int FewestToAlarm = (int)(Threshold / MostAtOnce);

    /// <summary>After so many minutes a shift is the new history.</summary>
    public const int MinutesToAccept = 24 * 60;

    private const int History = 240;
    private const int Recent = 10;

    // All in deviations. Half a deviation of slack is the usual choice where no shift is named.
    private const double Threshold = 10;
    private const double MostAtOnce = 2;
    private const double Slack = 0.5;

    // The buckets of latency are up to 6% wide: steadier than this nobody can seem.
    private const double LeastDeviation = 0.03;

    // Estimates from few observations are off by chance, by so many deviations over the root of their number.
    private const double CenterError = 1.25;
    private const double DeviationError = 2;

    private readonly double _halfShift = Math.Log(1 + minShift) / 2;
    private readonly double[] _history = new double[History];
    private readonly double[] _recent = new double[Recent];
    private readonly double[] _sorted = new double[History];
    private int _learnt;
    private int _seen;
    private double _center;
    private double _deviation;
    private double _centerError;
    private double _slower;
    private double _faster;
    private int _driftingSince;
    private int _seenBefore;

    /// <summary>Whether the latency has gone up for good and not come back.</summary>
    public bool IsDrifting { get; private set; }

    /// <summary>Whether there is a history to compare with.</summary>
    public bool HasBaseline => _learnt >= Baseline;

    /// <summary>What the latency was while it was calm.</summary>
    public TimeSpan Usual => TimeSpan.FromTicks((long)Math.Exp(_center));

    /// <summary>The latest observations as a ratio of <see cref="Usual"/>.</summary>
    public double Ratio => Math.Exp(MedianOfLast(FewestToAlarm) - _center);

    public void Add(int minute, DriftObservation seen)
    {
        _recent[_seen++ % Recent] = seen.Level;
        if (!HasBaseline)
        {
            Learn(seen.Level);
        }
        else if (IsDrifting)
        {
            Follow(minute);
        }
        else
        {
            Judge(minute, seen);
        }
    }

    private void Judge(int minute, DriftObservation seen)
    {
        // Decided before this observation is looked at: to leave out the high ones alone would pull the history down.
        var isCalm = _slower == 0 && _faster == 0;
        var deviation = Math.Max(Math.Max(_deviation, seen.Error), LeastDeviation);
        var (distance, slack) = ((seen.Level - _center) / deviation, Math.Max(Slack + _centerError, _halfShift / deviation));
        _slower = Math.Max(0, _slower + Math.Min(distance - slack, MostAtOnce));
        _faster = Math.Max(0, _faster + Math.Min(-distance - slack, MostAtOnce));
        if (_slower >= Threshold)
        {
            (IsDrifting, _driftingSince, _seenBefore) = (true, minute, _seen);
        }
        else if (_faster >= Threshold)
        {
            // Good news. What comes is compared with the better level, once it is known.
            Restart();
        }
        else if (isCalm)
        {
            Learn(seen.Level);
        }
    }

    private void Follow(int minute)
    {
        // What came before the alarm says nothing of its end.
        if (_seen - _seenBefore >= Recent && MedianOfLast(Recent) - _center < _halfShift)
        {
            (IsDrifting, _slower, _faster) = (false, 0, 0);
        }
        else if (minute - _driftingSince >= MinutesToAccept)
        {
            Restart();
        }
    }

    private void Learn(double level)
    {
        _history[_learnt++ % History] = level;
        var count = Math.Min(_learnt, History);
        if (count < Baseline)
        {
            return;
        }

        var sorted = _sorted.AsSpan(0, count);
        _history.AsSpan(0, count).CopyTo(sorted);
        _center = Median(sorted);
        foreach (ref var value in sorted)
        {
            value = Math.Abs(value - _center);
        }

        // The factor makes it the standard deviation, were the observations normal.
        _deviation = 1.4826 * Median(sorted) * (1 + (DeviationError / Math.Sqrt(count)));
        _centerError = CenterError / Math.Sqrt(count);
    }

    private void Restart() => (IsDrifting, _learnt, _slower, _faster) = (false, 0, 0, 0);

    private double MedianOfLast(int count)
    {
        Span<double> last = stackalloc double[Recent];
        count = Math.Min(count, Math.Min(_seen, Recent));
        for (var i = 0; i < count; i++)
        {
            last[i] = _recent[(_seen - 1 - i) % Recent];
        }

        return Median(last[..count]);
    }

    private static double Median(Span<double> values)
    {
        values.Sort();
        return values.Length == 0 ? 0 : (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
