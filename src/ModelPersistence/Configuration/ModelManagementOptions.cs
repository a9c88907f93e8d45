using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Configuration;

/// <summary>Everything that can be set for a host, bound from the configuration section <c>ModelManagement</c>. Validated when the host starts.</summary>
public sealed class ModelManagementOptions
{
    /// <summary>The configuration section the options are bound from.</summary>
    public const string SectionName = "ModelManagement";

    /// <summary>The storage providers in the order in which they are asked. The local cache comes before the first that is no folder, else last.</summary>
    public IList<ProviderOptions> Providers { get; } = [];

    /// <summary>The models the host loads when it starts.</summary>
    public IList<ModelOptions> Models { get; } = [];

    /// <summary>The folder of the local cache: copies, prepared artifacts, verification records. Default: <c>modelpersistence</c> in the user's cache folder.</summary>
    public string CachePath { get; set; } = DefaultCachePath();

    /// <summary>
    /// The bytes the local cache may take on disk. Versions and artifacts that nobody on this host uses are removed, least recently used
    /// first, until it takes no more; what is in use stays, also where the limit cannot be kept then. Null, the default, sets no limit:
    /// they are removed only when a download would not fit the disk.
    /// </summary>
    public long? MaxStoreBytes { get; set; }

    /// <summary>
    /// The key that authenticates verification records on shared volumes, base64, at least 16 bytes. Without one each host verifies a
    /// shared volume's files fully the first time it meets them.
    /// </summary>
    public string? RecordKey { get; set; }

    /// <summary>
    /// How long an operation on a shared volume may go without an answer or progress. Look-ups are watched on network file systems only:
    /// a disk of this machine answers or fails. Default 30 s.
    /// </summary>
    public TimeSpan VolumeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a start waits for the origin of a model to confirm the version an alias stands for, where a folder of this host knows one
    /// already. After it that version is served, degraded until the origin confirms it. Default 300 ms.
    /// </summary>
    public TimeSpan AliasTimeout { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// How often the providers are asked whether an alias or a range stands for another version now, with jitter of a quarter either way.
    /// Folders of this host are watched besides. Zero never asks: the version of the first request serves until the host stops, or
    /// <c>IModelManager.RefreshAsync</c> is called. Default 30 s; 5 s in Development.
    /// </summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a version that nothing leads to any more stays loaded, so that moving back to it is instant. Default 30 s.</summary>
    public TimeSpan SwapLinger { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a file that is missing or short under a present manifest on a network volume is retried before it counts as corrupt. Default 60 s.</summary>
    public TimeSpan AttributeCacheTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The most streams at once in which a version is downloaded. A download begins with 8 and adds more while they make it faster. Each
    /// holds a buffer of one chunk, 4 MiB at most for what this library publishes. Default 32.
    /// </summary>
    public int MaxDownloadStreams { get; set; } = 32;

    /// <summary>How long a stream of a download may take for 4 KiB before it is given up on and what it lacks is asked for anew. Default 10 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether downloads are flushed to disk before they are used; null, the default, flushes on shared volumes only. A download that is not
    /// flushed is as safe: what a power loss takes from it is found by hashing it again, since a verification record waits for the flush.
    /// </summary>
    public bool? FlushDownloads { get; set; }

    /// <summary>Whether the runtime's environment is created and the models' weights are touched as soon as the services are registered. Default true.</summary>
    public bool EagerStart { get; set; } = true;

    /// <summary>
    /// Whether ONNX Runtime may report usage to its maker, as it does by default. Default false: it is switched off for the process before
    /// the runtime is loaded. Read when the services are registered.
    /// </summary>
    public bool RuntimeTelemetry { get; set; }

    /// <summary>Whether prepared artifacts are made and used. Default true.</summary>
    public bool Prepare { get; set; } = true;

    /// <summary>Whether the packed artifact, keyed by the CPU, is saved; false packs in memory at each start instead. Default true.</summary>
    public bool PackedArtifacts { get; set; } = true;

    /// <summary>
    /// The private memory that models may take together, in bytes: sessions, loads, swaps and preparations. Mapped files are not counted,
    /// since the system can take their pages back. Null, the default, is <see cref="MemoryBudgetShare"/> of what this process may use.
    /// A model that needs more than a budget given here is refused; without one, a model that is alone may use the whole limit.
    /// </summary>
    public long? MemoryBudgetBytes { get; set; }

    /// <summary>
    /// The share of the memory this process may use that is the budget where <see cref="MemoryBudgetBytes"/> is not set. That memory is the
    /// tightest limit of its control groups, else the machine's. Over 0 and at most 1. Default 0.8; 0.5
    /// in Development.
    /// </summary>
    public double MemoryBudgetShare { get; set; } = 0.8;

    /// <summary>
    /// How long a load waits for memory that models in use hold before it is refused. Zero refuses it at once; what idle models hold is
    /// freed and waited for in any case. Default 30 s.
    /// </summary>
    public TimeSpan MemoryTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a model that is loaded on demand stays loaded after its last lease was given back, where it does not say otherwise. Models
    /// that are requested without being named in <see cref="Models"/> are among them. Default 30 minutes.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How many models are loaded at once. Default 2.</summary>
    public int MaxParallelLoads { get; set; } = 2;

    /// <summary>Whether the host's start waits for the critical models. Default <see cref="WaitFor.Nothing"/>.</summary>
    public WaitFor WaitFor { get; set; }

    /// <summary>How long start-up may take before a waiting start fails and a non-waiting one shows as degraded. Default 300 s.</summary>
    public TimeSpan StartupTimeout { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>How long work for a model that is not named in <see cref="Models"/> goes on after its last waiter left. Default 30 s.</summary>
    public TimeSpan AbandonAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a version that turns out bad after it began to serve is taken back for the one before it, where the model's
    /// <see cref="ModelOptions.Rollback"/> does not rule it out. Default true; false in Development, where the version to look at is the bad one.
    /// </summary>
    public bool AutomaticRollback { get; set; } = true;

    /// <summary>A lease held longer than this is logged with its reference. Default 60 s; 10 minutes in Development, where breakpoints hold leases.</summary>
    public TimeSpan LeaseWarningAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether the last 24 hours of each version are kept in minutes, for <c>IModelMonitor.Trends</c>: about 60 KB for a version that has run. Default
    /// true. Without trends and alerts nothing is watched, and no timer runs for it.
    /// </summary>
    public bool Trends { get; set; } = true;

    /// <summary>What raises an alert, and who is told.</summary>
    public AlertOptions Alerts { get; } = new();

    /// <summary>Whether trends or alerts look at how runs went.</summary>
    internal bool IsMonitored => Trends || Alerts.Enabled;

    // A field, which configuration cannot bind: code has no form in a file.
    internal Func<EnvironmentCreationOptions>? EnvironmentFactory;

    /// <summary>
    /// Supplies the options with which the runtime's environment is created: thread pools, logging. An environment that the process has
    /// already is used as it is. Only heard in the <c>configure</c> argument of <c>AddModelManagement</c>, when the creation begins.
    /// </summary>
    public void ConfigureEnvironment(Func<EnvironmentCreationOptions> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        EnvironmentFactory = create;
    }

    private static string DefaultCachePath()
    {
        var root = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
                ? xdg
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(root.Length > 0 ? root : Path.GetTempPath(), "modelpersistence", "store");
    }
}
