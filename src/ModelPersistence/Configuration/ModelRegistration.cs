using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Configuration;

/// <summary>The fluent form of <see cref="ModelOptions"/> for <c>AddModel</c> and <c>AddModelFile</c>.</summary>
public sealed class ModelRegistration
{
    internal ModelRegistration(ModelOptions options) => Options = options;

    /// <summary>The options behind.</summary>
    public ModelOptions Options { get; }

    /// <summary>Marks the model as part of the host's core: loaded first, and waited for where <see cref="WaitFor.Critical"/> is set.</summary>
    public ModelRegistration Critical()
    {
        Options.Critical = true;
        return this;
    }

    /// <summary>Keeps the model loaded: it is never unloaded for lack of memory or of use. Critical models are kept anyway.</summary>
    public ModelRegistration Pinned()
    {
        Options.Pinned = true;
        return this;
    }

    /// <summary>Loads the model behind the start, once all others serve.</summary>
    public ModelRegistration Background()
    {
        Options.Load = LoadMode.Background;
        return this;
    }

    /// <summary>Loads the model at its first request instead of when the host starts.</summary>
    /// <param name="idleTimeout">
    /// How long it stays loaded after its last lease was given back; null for <see cref="ModelManagementOptions.IdleTimeout"/>,
    /// <see cref="Timeout.InfiniteTimeSpan"/> until its memory is needed.
    /// </param>
    public ModelRegistration OnDemand(TimeSpan? idleTimeout = null)
    {
        Options.Load = LoadMode.OnDemand;
        Options.IdleTimeout = idleTimeout;
        return this;
    }

    /// <summary>Sets the warm-up.</summary>
    /// <param name="iterations">How many runs, the first included; 0 for none.</param>
    /// <param name="target">The 95th percentile above which the model shows as degraded; null leaves it as it is.</param>
    public ModelRegistration Warmup(int iterations, TimeSpan? target = null)
    {
        Options.Warmup.Iterations = iterations;
        Options.Warmup.Target = target ?? Options.Warmup.Target;
        return this;
    }

    /// <summary>Says how large a symbolic dimension is in warm-up runs.</summary>
    public ModelRegistration WarmupDimension(string name, long size)
    {
        Options.Warmup.Dimensions[name] = size;
        return this;
    }

    /// <summary>Says how an input looks in warm-up runs.</summary>
    /// <param name="name">The input.</param>
    /// <param name="shape">Its shape; empty for a scalar, null to take the model's own.</param>
    /// <param name="values">Its values, repeated until the shape is full and converted to the input's element type; null for made-up ones.</param>
    public ModelRegistration WarmupInput(string name, IReadOnlyList<long>? shape, params IReadOnlyList<double>? values)
    {
        Options.Warmup.Inputs[name] = new InputOptions { Shape = shape is null ? null : [.. shape], Values = values is null or { Count: 0 } ? null : [.. values] };
        return this;
    }

    /// <summary>Sets the numbers of threads within one operator and across operators.</summary>
    public ModelRegistration Threads(int intraOp, int interOp = 1)
    {
        Options.IntraOpThreads = intraOp;
        Options.InterOpThreads = interOp;
        return this;
    }

    /// <summary>Sets the execution providers in order of preference; <c>Cpu</c> always follows as the last.</summary>
    public ModelRegistration ExecutionProviders(params IReadOnlyList<string> names)
    {
        Options.ExecutionProviders.Clear();
        foreach (var name in names)
        {
            Options.ExecutionProviders.Add(name);
        }

        return this;
    }

    /// <summary>Adds an execution provider after those that were named before; <c>Cpu</c> always follows as the last.</summary>
    /// <param name="name">Its name, as for <see cref="ModelOptions.ExecutionProviders"/>.</param>
    /// <param name="options">What it is told, by the runtime's own keys; null for nothing.</param>
    public ModelRegistration ExecutionProvider(string name, IReadOnlyDictionary<string, string>? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!Options.ExecutionProviders.Contains(name))
        {
            Options.ExecutionProviders.Add(name);
        }

        if (options is not null)
        {
            Options.ExecutionProviderOptions[name] = new Dictionary<string, string>(options, StringComparer.Ordinal);
        }

        return this;
    }

    /// <summary>Sets what a version must show before it replaces one that serves.</summary>
    /// <param name="mode">What happens to a version that does not pass.</param>
    /// <param name="absoluteTolerance">For golden samples without tolerances of their own; null leaves it as it is.</param>
    /// <param name="relativeTolerance">For golden samples without tolerances of their own; null leaves it as it is.</param>
    /// <param name="latencyBudget">The 95th percentile that the warm-up of a version's last tier may have; null leaves it as it is.</param>
    public ModelRegistration Validation(
        ValidationMode mode = ValidationMode.Enforce, double? absoluteTolerance = null, double? relativeTolerance = null, TimeSpan? latencyBudget = null)
    {
        Options.Validation.Mode = mode;
        Options.Validation.AbsoluteTolerance = absoluteTolerance ?? Options.Validation.AbsoluteTolerance;
        Options.Validation.RelativeTolerance = relativeTolerance ?? Options.Validation.RelativeTolerance;
        Options.Validation.LatencyBudget = latencyBudget ?? Options.Validation.LatencyBudget;
        return this;
    }

    /// <summary>Lets a version with other inputs or outputs replace the one that serves.</summary>
    public ModelRegistration AllowSignatureChange()
    {
        Options.Validation.AllowSignatureChange = true;
        return this;
    }

    /// <summary>Sets when a version that has just begun to serve is taken back for the one before it.</summary>
    /// <param name="maxErrorRate">The share of requests that may fail, from 0 to below 1; null leaves it as it is.</param>
    /// <param name="maxP95">The 95th percentile of a run's duration that the version may have; null leaves it as it is.</param>
    /// <param name="minRequests">How many requests there must be before anything is decided; null leaves it as it is.</param>
    /// <param name="window">How long a version is watched; null leaves it as it is.</param>
    public ModelRegistration Rollback(double? maxErrorRate = null, TimeSpan? maxP95 = null, int? minRequests = null, TimeSpan? window = null)
    {
        Options.Rollback.MaxErrorRate = maxErrorRate ?? Options.Rollback.MaxErrorRate;
        Options.Rollback.MaxP95 = maxP95 ?? Options.Rollback.MaxP95;
        Options.Rollback.MinRequests = minRequests ?? Options.Rollback.MinRequests;
        Options.Rollback.Window = window ?? Options.Rollback.Window;
        return this;
    }

    /// <summary>Serves new versions unwatched: none is taken back.</summary>
    public ModelRegistration WithoutRollback()
    {
        Options.Rollback.Enabled = false;
        return this;
    }

    /// <summary>Sets what raises an alert for this model.</summary>
    /// <param name="maxErrorRate">The share of requests that may fail, from 0 to below 1; null leaves it as it is.</param>
    /// <param name="maxP95">The target for the 95th percentile of a run's duration; null leaves it as it is.</param>
    /// <param name="drift">Whether the latency is watched against its own history; null leaves it as it is.</param>
    public ModelRegistration Alerts(double? maxErrorRate = null, TimeSpan? maxP95 = null, bool? drift = null)
    {
        Options.Alerts.MaxErrorRate = maxErrorRate ?? Options.Alerts.MaxErrorRate;
        Options.Alerts.MaxP95 = maxP95 ?? Options.Alerts.MaxP95;
        Options.Alerts.Drift = drift ?? Options.Alerts.Drift;
        return this;
    }

    /// <summary>Raises no alerts for this model.</summary>
    public ModelRegistration WithoutAlerts()
    {
        Options.Alerts.Enabled = false;
        return this;
    }

    /// <summary>Changes the runtime's session options by code.</summary>
    /// <param name="name">A name for the change; part of the key of prepared artifacts, as code itself cannot be.</param>
    /// <param name="version">To be raised whenever the code changes, so that artifacts are prepared anew.</param>
    /// <param name="configure">Called for each session of the model, of every tier; may be called on any thread.</param>
    public ModelRegistration ConfigureSession(string name, string version, Action<SessionOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        ArgumentNullException.ThrowIfNull(configure);
        Options.SessionHook = new SessionHook(name, version, configure);
        return this;
    }
}
