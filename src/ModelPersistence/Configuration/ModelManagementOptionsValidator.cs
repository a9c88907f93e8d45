using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using ModelPersistence.Models;

namespace ModelPersistence.Configuration;

/// <summary>Checks the options before anything is loaded. Each message names the configuration key and what it should be.</summary>
internal sealed class ModelManagementOptionsValidator(IEnumerable<IStorageProviderFactory> factories) : IValidateOptions<ModelManagementOptions>
{
    private const string Section = ModelManagementOptions.SectionName;
    private const int MinKeyBytes = 16;

    // No timer takes more than 49 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    public ValidateOptionsResult Validate(string? name, ModelManagementOptions options)
    {
        List<string> faults = [];
        Check(Path.IsPathFullyQualified(options.CachePath), "CachePath", $"'{options.CachePath}' is not a full path");
        Check(options.RecordKey is null || IsKey(options.RecordKey), "RecordKey", $"it must be base64 of at least {MinKeyBytes} bytes");
        Check(options.MaxStoreBytes is null or > 0, "MaxStoreBytes", $"{options.MaxStoreBytes} is not a positive number of bytes; leave it out for no limit");
        Timer(options.VolumeTimeout, "VolumeTimeout");
        Timer(options.StartupTimeout, "StartupTimeout");
        Positive(options.LeaseWarningAfter, "LeaseWarningAfter");
        Timer(options.AttributeCacheTimeout, "AttributeCacheTimeout", mayBeZero: true);
        Timer(options.AliasTimeout, "AliasTimeout", mayBeZero: true);
        Timer(options.RefreshInterval, "RefreshInterval", mayBeZero: true);
        Timer(options.SwapLinger, "SwapLinger", mayBeZero: true);
        Timer(options.AbandonAfter, "AbandonAfter", mayBeZero: true);
        Check(options.MaxParallelLoads is >= 1 and <= 64, "MaxParallelLoads", $"{options.MaxParallelLoads} is not between 1 and 64");
        Check(options.MaxDownloadStreams is >= 1 and <= 64, "MaxDownloadStreams", $"{options.MaxDownloadStreams} is not between 1 and 64");
        Timer(options.StallTimeout, "StallTimeout");
        Check(Enum.IsDefined(options.WaitFor), "WaitFor", $"{options.WaitFor} is none of {string.Join(", ", Enum.GetNames<WaitFor>())}");
        Check(options.MemoryBudgetBytes is null or > 0, "MemoryBudgetBytes", $"{options.MemoryBudgetBytes} is not a positive number of bytes");
        Check(options.MemoryBudgetShare is > 0 and <= 1, "MemoryBudgetShare", $"{options.MemoryBudgetShare} is not over 0 and at most 1");
        Timer(options.MemoryTimeout, "MemoryTimeout", mayBeZero: true);
        Timer(options.IdleTimeout, "IdleTimeout");
        AlertChecks.Check(options, faults);
        CheckProviders(options.Providers);
        CheckModels(options.Models);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(bool holds, string key, [InterpolatedStringHandlerArgument(nameof(holds))] FaultText problem)
        {
            if (!holds)
            {
                faults.Add($"{Section}:{key}: {problem.ToStringAndClear()}.");
            }
        }

        void Positive(TimeSpan value, string key) => Check(value > TimeSpan.Zero, key, $"{value} is not a positive time span");

        void Timer(TimeSpan value, string key, bool mayBeZero = false) =>
            Check(
                (value > TimeSpan.Zero || (mayBeZero && value == TimeSpan.Zero)) && value <= LongestTimer,
                key,
                $"{value} is not between {(mayBeZero ? "zero" : "a moment")} and {LongestTimer.TotalDays:0} days");

        void CheckProviders(IList<ProviderOptions> providers)
        {
            HashSet<string> names = new(StringComparer.Ordinal);
            for (var i = 0; i < providers.Count; i++)
            {
                var (provider, key) = (providers[i], $"Providers:{i}");
                var factory = factories.FirstOrDefault(factory => factory.Type == provider.Type);
                var isFolder = provider.Type is ProviderOptions.BakedIn or ProviderOptions.SharedVolume;
                Check(
                    isFolder || factory is not null || provider.Type == ProviderOptions.Custom,
                    $"{key}:Type",
                    $"'{provider.Type}' is none of {string.Join(", ", ProviderTypes())}; S3 needs the package ModelPersistence.Aws and a call of AddS3()");
                foreach (var fault in factory?.Validate(provider) ?? [])
                {
                    faults.Add($"{Section}:{key}:{fault}.");
                }

                Check(
                    !isFolder || Path.IsPathFullyQualified(provider.Path),
                    $"{key}:Path",
                    $"'{provider.Path}' is not a full path");
                Check(provider.Type != ProviderOptions.Custom || provider.Name.Length > 0, $"{key}:Name", $"a provider of the type Custom needs the name it was added with");
                Check(provider.Name.Length == 0 || names.Add(provider.Name), $"{key}:Name", $"'{provider.Name}' is used twice");
            }
        }

        IEnumerable<string> ProviderTypes() =>
            new[] { ProviderOptions.BakedIn, ProviderOptions.SharedVolume, ProviderOptions.Custom }.Concat(factories.Select(static factory => factory.Type));

        void CheckModels(IList<ModelOptions> models)
        {
            HashSet<ModelReference> references = [];
            for (var i = 0; i < models.Count; i++)
            {
                var (model, key) = (models[i], $"Models:{i}");
                if (!ModelReference.TryParse(model.Reference, out var reference))
                {
                    Check(false, $"{key}:Reference", $"'{ModelName.Printable(model.Reference)}' is not a model reference (name[:selector][@sha256:digest])");
                    continue;
                }

                Check(
                    model.File is null || (reference.Selector == ModelSelector.LatestAlias && reference.Digest is null),
                    $"{key}:Reference",
                    $"'{reference}' names a file, which has one version and no alias: give the bare name");
                Check(
                    model.Origin is null || options.Providers.Select(static provider => provider.Name.Length > 0 ? provider.Name : provider.Type).Contains(model.Origin, StringComparer.Ordinal),
                    $"{key}:Origin",
                    $"'{ModelName.Printable(model.Origin ?? "")}' is none of the providers under {Section}:Providers");
                Check(references.Add(reference), $"{key}:Reference", $"'{reference}' stands twice");
                Check(model.IntraOpThreads is null or > 0, $"{key}:IntraOpThreads", $"{model.IntraOpThreads} is not a positive number");
                Check(model.InterOpThreads > 0, $"{key}:InterOpThreads", $"{model.InterOpThreads} is not a positive number");
                Check(model.Warmup.Iterations >= 0, $"{key}:Warmup:Iterations", $"{model.Warmup.Iterations} is negative");
                Positive(model.Warmup.Target, $"{key}:Warmup:Target");
                Check(model.Warmup.Dimensions.Count == 0 || model.Warmup.Dimensions.Values.All(static size => size > 0), $"{key}:Warmup:Dimensions", $"a size is not positive");
                Check(Enum.IsDefined(model.Load), $"{key}:Load", $"{model.Load} is none of {string.Join(", ", Enum.GetNames<LoadMode>())}");
                Check(!model.Critical || model.Load != LoadMode.OnDemand, $"{key}:Load", $"'{reference}' is critical, so it is loaded when the host starts: leave out one of the two");
                Check(model.IdleTimeout is null || !(model.Critical || model.Pinned), $"{key}:IdleTimeout", $"'{reference}' is {(model.Critical ? "critical" : "pinned")} and never unloaded: leave out one of the two");
                if (model.IdleTimeout is { } idle && idle != Timeout.InfiniteTimeSpan)
                {
                    Timer(idle, $"{key}:IdleTimeout");
                }

                Check(model.File is not "", $"{key}:File", $"it is empty");
                CheckValidation(model.Validation, $"{key}:Validation");
                CheckRollback(model.Rollback, $"{key}:Rollback");
            }
        }

        void CheckValidation(ValidationOptions validation, string key)
        {
            Check(Enum.IsDefined(validation.Mode), $"{key}:Mode", $"{validation.Mode} is none of {string.Join(", ", Enum.GetNames<ValidationMode>())}");
            Tolerance(validation.AbsoluteTolerance, $"{key}:AbsoluteTolerance");
            Tolerance(validation.RelativeTolerance, $"{key}:RelativeTolerance");
            Check(validation.LatencyBudget is null || validation.LatencyBudget > TimeSpan.Zero, $"{key}:LatencyBudget", $"{validation.LatencyBudget} is not a positive time span");
        }

        void Tolerance(double? value, string key) =>
            Check(value is null || (value >= 0 && double.IsFinite(value.Value)), key, $"{value} is not a finite number of at least 0");

        void CheckRollback(RollbackOptions rollback, string key)
        {
            Check(rollback.MaxErrorRate is >= 0 and < 1, $"{key}:MaxErrorRate", $"{rollback.MaxErrorRate} is not a share from 0 to below 1");
            Check(rollback.MaxP95 is null || rollback.MaxP95 > TimeSpan.Zero, $"{key}:MaxP95", $"{rollback.MaxP95} is not a positive time span");
            Check(rollback.MinRequests > 0, $"{key}:MinRequests", $"{rollback.MinRequests} is not a positive number");
            Positive(rollback.Window, $"{key}:Window");
        }
    }

    private static bool IsKey(string text)
    {
        Span<byte> bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && length >= MinKeyBytes;
    }
}
