namespace ModelPersistence.Store;

/// <summary>
/// One holder's part in a use mark: for as long as it lives, nobody deletes what the mark stands for. Disposal gives it up; what was
/// never disposed is given up by the collector, so that a path that forgot costs disk for a while and nothing else.
/// </summary>
internal sealed class UseMark : IDisposable
{
    private readonly string _key;
    private UseMarks? _marks;

    public UseMark(UseMarks marks, string key) => (_marks, _key) = (marks, key);

    private UseMark()
    {
        _key = "";
        GC.SuppressFinalize(this);
    }

    ~UseMark() => GiveUp();

    /// <summary>The mark on what nobody here could delete: files of a read-only tree, and of folders that are not ours.</summary>
    public static UseMark None { get; } = new();

    /// <summary>Whether a mark is held at all.</summary>
    public bool IsHeld => Volatile.Read(ref _marks) is not null;

    /// <summary>Another holder of the same thing, with a life of its own.</summary>
    public UseMark Share() => Volatile.Read(ref _marks) is { } marks && marks.TryShare(_key) ? new UseMark(marks, _key) : None;

    public void Dispose()
    {
        GiveUp();
        GC.SuppressFinalize(this);
    }

    private void GiveUp() => Interlocked.Exchange(ref _marks, null)?.GiveUp(_key);
}
