using System.Globalization;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Configuration;

namespace ModelPersistence.Runtime;

/// <summary>
/// What a model's sessions have in common, whatever tier or artifact they come from. Immutable; <see cref="KeyText"/> says everything
/// that changes the graph or the kernels and so belongs into the key of a prepared artifact.
/// </summary>
internal sealed record SessionSettings
{
    public const string Cpu = "Cpu";

    private static readonly Dictionary<string, IReadOnlyDictionary<string, string>> NoProviderOptions = [];
    private static readonly Dictionary<string, string> NoOptions = [];

    public required int IntraOpThreads { get; init; }

    public required int InterOpThreads { get; init; }

    /// <summary>In order of preference, Cpu last.</summary>
    public required IReadOnlyList<string> ExecutionProviders { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> SessionConfig { get; init; }

    public SessionHook? Hook { get; init; }

    /// <summary>What each provider is told, by its name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> ProviderOptions { get; init; } = NoProviderOptions;

    /// <summary>The providers that were passed over, and why.</summary>
    public IReadOnlyList<string> Fallbacks { get; init; } = [];

    /// <summary>Whether any provider comes before Cpu.</summary>
    public bool PrefersOther => ExecutionProviders.Count > 1;

    public static SessionSettings Default { get; } = From(new ModelOptions());

    /// <summary>Threads and their spinning change neither graph nor blobs, so artifacts are shared between hosts of different sizes.</summary>
    public string KeyText
    {
        get
        {
            var text = new StringBuilder();
            text.Append("ep=").AppendJoin(',', ExecutionProviders);
            AppendProviderOptions(text);
            foreach (var (key, value) in SessionConfig)
            {
                text.Append(CultureInfo.InvariantCulture, $";{key.Length}:{key}={value.Length}:{value}");
            }

            return Hook is null ? text.ToString() : text.Append(CultureInfo.InvariantCulture, $";hook={Hook.Name}@{Hook.Version}").ToString();
        }
    }

    public static SessionSettings From(ModelOptions options)
    {
        // The runtime's own default ignores container quotas; .NET's processor count honours them.
        return new SessionSettings
        {
            IntraOpThreads = options.IntraOpThreads ?? Environment.ProcessorCount,
            InterOpThreads = options.InterOpThreads,
            ExecutionProviders = options.ExecutionProviders.Count == 0 ? [Cpu] : [.. options.ExecutionProviders.Where(static name => !name.Equals(Cpu, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal), Cpu],
            ProviderOptions = options.ExecutionProviderOptions.Count == 0 ? NoProviderOptions : Copy(options.ExecutionProviderOptions),
            SessionConfig = options.SessionConfig.Count == 0 ? [] : [.. options.SessionConfig.OrderBy(static pair => pair.Key, StringComparer.Ordinal)],
            Hook = options.SessionHook,
        };
    }

    public IReadOnlyDictionary<string, string> OptionsOf(string provider) => ProviderOptions.GetValueOrDefault(provider) ?? NoOptions;

    /// <summary>The same without one of its providers.</summary>
    public SessionSettings Without(string provider, string reason) => this with
    {
        ExecutionProviders = [.. ExecutionProviders.Where(name => name != provider)],
        Fallbacks = [.. Fallbacks, $"{provider}: {reason.Trim().TrimEnd('.')}"],
    };

    /// <summary>Options at the given optimization level, to which the opener adds what its artifact needs. The caller disposes them.</summary>
    public SessionOptions CreateOptions(GraphOptimizationLevel level)
    {
        var options = new SessionOptions
        {
            GraphOptimizationLevel = level,
            IntraOpNumThreads = IntraOpThreads,
            InterOpNumThreads = InterOpThreads,
        };
        try
        {
            foreach (var (key, value) in SessionConfig)
            {
                options.AddSessionConfigEntry(key, value);
            }

            foreach (var provider in ExecutionProviders.Where(static name => name != Cpu))
            {
                ProviderAppender.Append(options, provider, OptionsOf(provider));
            }

            Hook?.Configure(options);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    // The ordinary host has none, and its start must not compile what sorts them.
    private void AppendProviderOptions(StringBuilder text)
    {
        foreach (var provider in ProviderOptions.Count == 0 ? [] : ExecutionProviders)
        {
            foreach (var key in OptionsOf(provider).Keys.Order(StringComparer.Ordinal))
            {
                var value = OptionsOf(provider)[key];
                text.Append(CultureInfo.InvariantCulture, $";{provider}.{key.Length}:{key}={value.Length}:{value}");
            }
        }
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string>> Copy(IDictionary<string, IDictionary<string, string>> options)
    {
        Dictionary<string, IReadOnlyDictionary<string, string>> copy = new(StringComparer.OrdinalIgnoreCase);
        foreach (var (provider, settings) in options)
        {
            copy[provider] = new Dictionary<string, string>(settings, StringComparer.Ordinal);
        }

        return copy;
    }
}
