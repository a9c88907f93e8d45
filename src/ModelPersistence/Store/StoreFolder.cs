using ModelPersistence.Configuration;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>One writable tree: a shared volume or the local cache. Its name is that of the provider that reads the same folder.</summary>
internal sealed class StoreFolder
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(30);

    private readonly RepositoryLayout _layout;
    private readonly TimeProvider _time;
    private readonly Lazy<bool> _isNetwork;
    private readonly Lazy<bool> _isDisk;
    private volatile Probe? _probe;

    public StoreFolder(
        string root,
        string name,
        TimeProvider time,
        StoreFolderKind kind,
        MapFrom mapFrom = MapFrom.Auto,
        byte[]? recordKey = null,
        bool? isNetwork = null)
    {
        (Name, Kind, MapFrom, _time) = (name, kind, mapFrom, time);
        _layout = new RepositoryLayout(root);
        _isNetwork = new Lazy<bool>(() => isNetwork ?? NetworkFileSystems.Contains(Root));
        _isDisk = new Lazy<bool>(() => !IsNetwork && !NetworkFileSystems.IsInMemory(Root));
        Uses = new UseMarks(this, time);
        var records = Path.Combine(Root, ".verified");
        Records = kind == StoreFolderKind.Shared ? VerificationRecords.Shared(records, recordKey, time) : VerificationRecords.Private(records, time);
    }

    private sealed record Probe(string? Reason, long At, ulong? Device);

    public string Root => _layout.Root;

    public string Name { get; }

    public StoreFolderKind Kind { get; }

    public bool IsShared => Kind == StoreFolderKind.Shared;

    /// <summary>Whether the bytes lie on another machine.</summary>
    public bool IsNetwork => _isNetwork.Value;

    /// <summary>Whether the bytes lie on a disk of this machine, and not in its memory either.</summary>
    public bool IsDisk => _isDisk.Value;

    public MapFrom MapFrom { get; }

    public VerificationRecords Records { get; }

    /// <summary>Which versions and artifacts of this tree are in use.</summary>
    public UseMarks Uses { get; }

    public string Partials => _layout.Partials;

    public string Prepared => Path.Combine(Root, ".prepared");

    public string Described => Path.Combine(Root, ".described");

    public string Trash => Path.Combine(Root, ".trash");

    /// <summary>The setting that decides where this folder is, for messages.</summary>
    public string Setting => IsShared ? $"the Path of '{Name}' under ModelManagement:Providers" : "ModelManagement:CachePath";

    public string VersionPath(string model, ModelVersion version) => _layout.Version(model, version);

    public string ManifestPath(string model, ModelVersion version) => _layout.Manifest(model, version);

    public string AliasesPath(string model) => _layout.Aliases(model);

    public string PreparedPath(string key) => Path.Combine(Prepared, key);

    public string Refused => Path.Combine(Root, ".refused");

    public string RefusedPath(string model) => Path.Combine(Refused, model + ".json");

    public string LockPath(string key) => Path.Combine(Root, ".locks", key + ".lock");

    /// <summary>Null when the tree can be written, else why it cannot. Asked of the disk once; a refusal is asked again after a while.</summary>
    public string? WhyNotWritable()
    {
        var probe = _probe;
        if (probe is null || (probe.Reason is not null && _time.GetElapsedTime(probe.At) >= AskAgainAfter))
        {
            var device = DeviceOfRoot();
            probe = new Probe(TryWrite(), _time.GetTimestamp(), device);
            _probe = probe;
        }

        return probe.Reason;
    }

    /// <summary>The bytes that can still be written; null when the file system does not say.</summary>
    public long? FreeBytes()
    {
        try
        {
            return new DriveInfo(NetworkFileSystems.NearestExisting(Root)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Creates a folder of this tree; in the local cache only its owner can enter it.</summary>
    /// <exception cref="IOException">The folder cannot be created, or the volume that was here is gone.</exception>
    public void Create(string path)
    {
        if (IsShared && _probe is { Device: { } before } && DeviceOfRoot() != before)
        {
            // What is left then is the empty folder it was mounted on, which nobody shares.
            _probe = null;
            throw new IOException($"The volume at '{Root}' is not the one it was (is it still mounted?).");
        }

        DurableFolder.Create(path, ownerOnly: !IsShared);
    }

    private ulong? DeviceOfRoot()
    {
        try
        {
            return FileIdentity.TryRead(Root)?.Device;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? TryWrite()
    {
        // A volume that is not mounted must not be mistaken for an empty one, so its root is never created.
        if (IsShared && !Directory.Exists(Root))
        {
            return $"the folder '{Root}' does not exist (is the volume mounted?)";
        }

        try
        {
            Create(Partials);
            var probe = DurableFile.TemporaryBeside(Path.Combine(Partials, "probe"));
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the folder '{Root}' cannot be written ({e.Message})";
        }
    }
}
