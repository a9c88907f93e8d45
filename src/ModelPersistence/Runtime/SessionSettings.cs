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

    public required int IntraOpThreads { get; init; }

    public required int InterOpThreads { get; init; }

    /// <summary>In order of preference, Cpu last.</summary>
    public required IReadOnlyList<string> ExecutionProviders { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> SessionConfig { get; init; }

    public SessionHook? Hook { get; init; }

    public static SessionSettings Default { get; } = From(new ModelOptions());

    /// <summary>Threads and their spinning change neither graph nor blobs, so artifacts are shared between hosts of different sizes.</summary>
    public string KeyText
    {
        get
        {
            var text = new StringBuilder();
            text.Append("ep=").AppendJoin(',', ExecutionProviders);
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
            ExecutionProviders = [.. options.ExecutionProviders.Where(static name => name != Cpu), Cpu],
            SessionConfig = options.SessionConfig.Count == 0 ? [] : [.. options.SessionConfig.OrderBy(static pair => pair.Key, StringComparer.Ordinal)],
            Hook = options.SessionHook,
        };
    }

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
                Append(options, provider);
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

    private static void Append(SessionOptions options, string provider)
    {
        switch (provider)
        {
            case "Cuda":
                options.AppendExecutionProvider_CUDA();
                break;
            case "TensorRT":
                options.AppendExecutionProvider_Tensorrt();
                break;
            case "DirectML":
                options.AppendExecutionProvider_DML();
                break;
            case "CoreML":
                options.AppendExecutionProvider_CoreML();
                break;
            case "OpenVINO":
                options.AppendExecutionProvider_OpenVINO();
                break;
            default:
                options.AppendExecutionProvider(provider);
                break;
        }
    }
}
