namespace ModelPersistence.Monitoring;

/// <summary>The minutes of 24 hours. Takes 52 KB from the first minute in which a run ended; minutes without any take no room. Its owner holds the lock.</summary>
internal sealed class TrendRing
{
    public const int Minutes = 24 * 60;

    private TrendSlot[]? _slots;
    private int _first;
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>The latest minute; only where there is one.</summary>
    public int Latest => _slots![(_first + _count - 1) % Minutes].Minute;

    /// <summary>Adds a minute that comes after all others. One that comes earlier, because somebody put the clock back, is dropped.</summary>
    public void Add(in TrendSlot slot)
    {
        if (slot.IsEmpty || (_count > 0 && slot.Minute <= Latest))
        {
            return;
        }

        _slots ??= new TrendSlot[Minutes];
        Forget(slot.Minute);
        _slots[(_first + _count) % Minutes] = slot;
        _count++;
    }

    /// <summary>Forgets what is 24 hours old.</summary>
    public void Forget(int minute)
    {
        while (_count > 0 && _slots![_first].Minute <= minute - Minutes)
        {
            _first = (_first + 1) % Minutes;
            _count--;
        }
    }

    /// <summary>Adds the minutes that come after one, oldest first.</summary>
    public void CopyTo(List<TrendMinute> minutes, int after)
    {
        var first = _count;
        while (first > 0 && At(first - 1).Minute > after)
        {
            first--;
        }

        minutes.EnsureCapacity(_count - first + 1);
        for (var i = first; i < _count; i++)
        {
            minutes.Add(At(i).Describe());
        }
    }

    private ref readonly TrendSlot At(int index) => ref _slots![(_first + index) % Minutes];
}
