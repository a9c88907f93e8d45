namespace ModelPersistence.Configuration;

/// <summary>What can be set for one model.</summary>
public sealed class ModelOptions
{
    /// <summary>The reference, <c>name[:selector][@sha256:digest]</c>; the bare name where <see cref="File"/> is set.</summary>
    public string Reference { get; set; } = "";

    /// <summary>Whether the model belongs to the host's core: loaded first, and waited for where <see cref="WaitFor.Critical"/> is set.</summary>
    public bool Critical { get; set; }

    /// <summary>Whether the model stays loaded once it is: neither for lack of memory nor for lack of use is it unloaded. Critical models are kept anyway. Default false.</summary>
    public bool Pinned { get; set; }

    /// <summary>When the model is loaded. Default <see cref="LoadMode.Startup"/>. A critical model cannot be loaded on demand.</summary>
    public LoadMode Load { get; set; }

    /// <summary>
    /// How long the model stays loaded after its last lease was given back; the next request loads it again. Null, the default, keeps a
    /// model that is loaded at the start, and takes <see cref="ModelManagementOptions.IdleTimeout"/> for one that is loaded on demand.
    /// <see cref="Timeout.InfiniteTimeSpan"/> unloads it only where its memory is needed. Not for pinned and critical models.
    /// </summary>
    public TimeSpan? IdleTimeout { get; set; }

    /// <summary>The path of an ONNX file outside any repository, which is then served under the reference's name.</summary>
    public string? File { get; set; }

    /// <summary>
    /// The name of the provider whose aliases rule for the model. Default: the last of the chain that knows it. Settings of the first
    /// reference to a model count for all of its references.
    /// </summary>
    public string? Origin { get; set; }

    /// <summary>Threads within one operator; null for the number of processors the process may use.</summary>
    public int? IntraOpThreads { get; set; }

    /// <summary>Threads across operators. Default 1.</summary>
    public int InterOpThreads { get; set; } = 1;

    /// <summary>
    /// Execution providers in order of preference: <c>Cuda</c>, <c>TensorRT</c>, <c>DirectML</c>, <c>CoreML</c>, <c>OpenVINO</c>, or a name the
    /// runtime itself takes. One that the runtime does not have, or that makes no session, is passed over for the next, with a warning.
    /// <c>Cpu</c> always follows as the last. Default: Cpu alone, which is what is tested.
    /// </summary>
    public IList<string> ExecutionProviders { get; } = [];

    /// <summary>
    /// What an execution provider is told, by its name in <see cref="ExecutionProviders"/>: for <c>Cuda</c> for example <c>device_id</c>
    /// and <c>gpu_mem_limit</c>. Part of the key of prepared artifacts. Of a provider that does not take them the next is used.
    /// </summary>
    public IDictionary<string, IDictionary<string, string>> ExecutionProviderOptions { get; } = new Dictionary<string, IDictionary<string, string>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Further runtime session settings (<c>AddSessionConfigEntry</c>), by key.</summary>
    public IDictionary<string, string> SessionConfig { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The warm-up.</summary>
    public WarmupOptions Warmup { get; } = new();

    /// <summary>What a version must show before it replaces one that serves.</summary>
    public ValidationOptions Validation { get; } = new();

    /// <summary>When a version that has just begun to serve is taken back for the one before it.</summary>
    public RollbackOptions Rollback { get; } = new();

    /// <summary>What raises an alert, where that differs from the host's other models.</summary>
    public ModelAlertOptions Alerts { get; } = new();

    // A field, which configuration cannot bind: code has no form in a file.
    internal SessionHook? SessionHook;

    /// <summary>After how much idleness the model goes; null for never.</summary>
    /// <param name="isNamed">Whether it is the host's own reference. Others borrow these options: they are loaded on demand, and never kept.</param>
    /// <param name="usual">What counts for models on demand that say nothing.</param>
    internal TimeSpan? UnloadsAfter(bool isNamed, TimeSpan usual)
    {
        var isOnDemand = !isNamed || Load == LoadMode.OnDemand;
        var timeout = isNamed && (Pinned || Critical) ? null : IdleTimeout ?? (isOnDemand ? usual : null);
        return timeout == Timeout.InfiniteTimeSpan ? null : timeout;
    }
}
