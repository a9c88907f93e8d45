using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

internal sealed class ModelRepository(
    ProviderChain chain, ModelResolver resolver, TimeProvider time, ILogger<ModelRepository> logger, Action<PublishStep>? reached = null) : IModelRepository
{
    private readonly Action<PublishStep> _reached = reached ?? (static _ => { });

    public async Task<PublishedModel> PublishAsync(
        string path, string name, ModelVersion version, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelName.Require(name, nameof(name));
        ArgumentNullException.ThrowIfNull(version);
        options ??= new PublishOptions();
        foreach (var alias in options.Aliases)
        {
            RequireAlias(alias, nameof(options));
        }

        var repository = Target(options.Repository);
        var source = PublishSource.Read(path, name, options.Entry);
        ModelManifest wanted = new()
        {
            FormatVersion = ModelManifest.CurrentFormatVersion,
            Name = name,
            Version = version,
            Created = time.GetUtcNow(),
            Entry = source.Entry,
            Files = [],
            Metadata = options.Metadata,
            Warmup = options.Warmup,
            GoldenSamples = options.GoldenSamples,
        };

        // Everything but the bytes is checked before the first of them is copied.
        ManifestRules.Check(wanted with { Files = [.. source.Files.Select(static file => new ModelFile { Path = file.Key, Size = 0, Sha256 = default, Chunks = [] })] });

        // The order is the guarantee: first the version, whole; then the aliases that lead to it.
        var (document, alreadyThere) = await new PublishVersion(repository, _reached).PlaceAsync(wanted, source, cancellationToken).ConfigureAwait(false);
        Log(document, alreadyThere, repository.Name);
        _reached(PublishStep.Visible);
        var aliases = await MoveAsync(repository, name, current => Moves(current, version, options), cancellationToken).ConfigureAwait(false);
        _reached(PublishStep.Done);
        return new PublishedModel
        {
            Name = name,
            Version = version,
            Digest = document.Digest,
            Repository = repository.Name,
            AlreadyPublished = alreadyThere,
            Aliases = aliases,
        };
    }

    public async Task<AliasDocument> SetAliasAsync(
        string name, string alias, ModelVersion version, string? repository = null, CancellationToken cancellationToken = default)
    {
        ModelName.Require(name, nameof(name));
        RequireAlias(alias, nameof(alias));
        ArgumentNullException.ThrowIfNull(version);
        var target = Target(repository);
        await resolver.ResolveAsync(ModelReference.For(name, version), cancellationToken).ConfigureAwait(false);
        Dictionary<string, ModelVersion> moves = new(StringComparer.Ordinal) { [alias] = version };
        return (await MoveAsync(target, name, _ => moves, cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<AliasDocument?> MoveAsync(
        DirectoryProvider repository, string name, Func<AliasDocument?, IReadOnlyDictionary<string, ModelVersion>> change, CancellationToken cancellationToken)
    {
        var (document, changed) = await new PublishAliases(repository, _reached).ChangeAsync(name, change, cancellationToken).ConfigureAwait(false);
        if (changed)
        {
            PublishLog.AliasesMoved(logger, name, repository.Name, document!.Revision, string.Join(", ", document.Aliases.Select(static pair => $"{pair.Key} = {pair.Value}")));
        }

        return document;
    }

    private static Dictionary<string, ModelVersion> Moves(AliasDocument? current, ModelVersion version, PublishOptions options)
    {
        Dictionary<string, ModelVersion> moves = new(StringComparer.Ordinal);
        if (options.MoveLatest && !version.IsPrerelease && current?.Aliases.GetValueOrDefault(ModelSelector.LatestAlias) is var latest && (latest is null || version > latest))
        {
            moves[ModelSelector.LatestAlias] = version;
        }

        foreach (var alias in options.Aliases)
        {
            moves[alias] = version;
        }

        return moves;
    }

    private DirectoryProvider Target(string? name)
    {
        var accepting = chain.Providers.OfType<DirectoryProvider>().Where(static provider => provider.AcceptsPublishing).ToList();
        var choice = accepting.Count == 0 ? "None does: add a shared volume (AddSharedVolume, or ModelManagement:Providers with the Type SharedVolume)."
            : $"These do: {string.Join(", ", accepting.Select(static provider => $"'{provider.Name}'"))}.";
        return name is null
            ? accepting.FirstOrDefault() ?? throw new InvalidOperationException($"There is no repository that accepts publishing. {choice}")
            : accepting.Find(provider => provider.Name == name) ?? throw new ArgumentException($"There is no repository '{name}' that accepts publishing. {choice}", nameof(name));
    }

    private static void RequireAlias(string alias, string parameter)
    {
        if (!ModelSelector.IsAlias(alias))
        {
            throw new ArgumentException($"'{ModelName.Printable(alias)}' is not a valid alias: a name such as stable, which nobody could take for a version.", parameter);
        }
    }

    private void Log(ManifestDocument document, bool alreadyThere, string repository)
    {
        var manifest = document.Manifest;
        if (alreadyThere)
        {
            PublishLog.AlreadyPublished(logger, manifest.Name, manifest.Version.ToString(), repository, document.Digest.ToString());
        }
        else
        {
            PublishLog.Published(logger, manifest.Name, manifest.Version.ToString(), repository, document.Digest.ToString(), manifest.Files.Count, manifest.TotalSize);
        }
    }
}
