using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Repositories;
using ModelPersistence.Store;

namespace ModelPersistence.Publishing;

internal sealed class ModelRepository : IModelRepository
{
    private readonly ProviderChain _chain;
    private readonly ModelResolver _resolver;

    // Without this host's own copies, which may have outlived the version itself.
    private readonly ModelResolver _published;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<PublishStep> _reached;
    private readonly PublishTargets _targets;

    public ModelRepository(
        ProviderChain chain, ModelResolver resolver, TimeProvider time, ILogger<ModelRepository> logger, Action<PublishStep>? reached = null, StoreSettings? settings = null)
    {
        (_chain, _resolver, _time, _logger, _reached) = (chain, resolver, time, logger, reached ?? (static _ => { }));
        _published = new ModelResolver(new ProviderChain(chain.Providers.Where(static provider => provider is not DirectoryProvider { IsCache: true })), NullLogger<ModelResolver>.Instance);
        _targets = new PublishTargets(chain, settings ?? new StoreSettings(), time, logger, _reached);
    }

    public async Task<PublishedModel> PublishAsync(
        string path, string name, ModelVersion version, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PublishOptions();
        PublishArguments.Require(name, version, options, _time.GetUtcNow());
        var provider = _targets.Choose(options.Repository);
        var source = PublishSource.Read(path, name, options.Entry);
        var wanted = Wanted(name, version, options) with { Entry = source.Entry };

        // Everything but the bytes is checked before the first of them is copied.
        ManifestRules.Check(wanted with { Files = [.. source.Files.Select(static file => new ModelFile { Path = file.Key, Size = 0, Sha256 = default, Chunks = [] })] });
        var target = await _targets.OpenAsync(provider, options.AllowUnsafeStore, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(target, await target.PlaceAsync(wanted, source, cancellationToken).ConfigureAwait(false), options, cancellationToken).ConfigureAwait(false);
    }

    public async Task<PublishedModel> AdoptAsync(string name, ModelVersion version, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PublishOptions();
        PublishArguments.Require(name, version, options, _time.GetUtcNow());
        var target = await _targets.OpenAsync(_targets.Choose(options.Repository), options.AllowUnsafeStore, cancellationToken).ConfigureAwait(false);
        var placed = await target.AdoptAsync(Wanted(name, version, options), options.Entry, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(target, placed, options, cancellationToken).ConfigureAwait(false);
    }

    public async Task<CopiedModel> CopyAsync(ModelReference reference, string from, string to, CopyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        options ??= new CopyOptions();
        PublishArguments.RequireAliases(options.Aliases, nameof(options));
        var source = Provider(from, nameof(from));
        var provider = _targets.Choose(to);
        if (source == provider)
        {
            throw new ArgumentException($"'{from}' is both source and target.", nameof(to));
        }

        var document = await DescribeAsync(new ModelResolver(new ProviderChain([source]), NullLogger<ModelResolver>.Instance), reference, cancellationToken).ConfigureAwait(false);
        var (name, version) = (document.Manifest.Name, document.Manifest.Version);
        var aliases = options.CarryAliases
            ? await CarriedAliases.FindAsync(source, provider, name, version, cancellationToken).ConfigureAwait(false)
            : new Dictionary<string, AliasTarget>(StringComparer.Ordinal);
        foreach (var alias in options.Aliases)
        {
            aliases[alias] = version;
        }

        var target = await _targets.OpenAsync(provider, options.AllowUnsafeStore, cancellationToken).ConfigureAwait(false);
        CopyOutcome outcome;
        if (await provider.GetManifestAsync(name, version, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            CopyConflict.Check(existing, document, provider.Name);
            outcome = new(AlreadyThere: true, 0, 0);
        }
        else
        {
            outcome = await target.CopyAsync(document, source, cancellationToken).ConfigureAwait(false);
            PublishLog.Copied(_logger, name, version.ToString(), source.Name, provider.Name, document.Digest.ToString(), outcome.TransferredBytes, outcome.ReusedBytes);
        }

        return new CopiedModel
        {
            Name = name,
            Version = version,
            Digest = document.Digest,
            Repository = provider.Name,
            AlreadyThere = outcome.AlreadyThere,
            TransferredBytes = outcome.TransferredBytes,
            ReusedBytes = outcome.ReusedBytes,
            Aliases = await ChangeAsync(target, name, _ => new AliasChange { Set = aliases }, cancellationToken).ConfigureAwait(false),
        };
    }

    public async Task DeleteAsync(string name, ModelVersion version, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ModelName.Require(name, nameof(name));
        ArgumentNullException.ThrowIfNull(version);
        options ??= new DeleteOptions();
        var provider = _targets.Choose(options.Repository);
        var document = await ReadForDeletionAsync(provider, name, version, options.Force, cancellationToken).ConfigureAwait(false);
        var target = await _targets.OpenAsync(provider, options.AllowUnsafeStore, cancellationToken).ConfigureAwait(false);
        if (options.Force)
        {
            // Before the version goes, so that no alias leads nowhere.
            await ChangeAsync(target, name, current => AliasChange.Without(current, version), cancellationToken).ConfigureAwait(false);
        }
        else if (AliasesOf(await provider.GetAliasesAsync(name, cancellationToken).ConfigureAwait(false), version) is { Count: > 0 } aliases)
        {
            throw new InvalidOperationException(
                $"'{name}' {version} is not deleted from '{provider.Name}': the aliases {string.Join(", ", aliases)} stand for it. Point them at another version first, or set DeleteOptions.Force, which removes them.");
        }

        await target.DeleteAsync(name, version, document, cancellationToken).ConfigureAwait(false);
        PublishLog.Deleted(_logger, name, version.ToString(), provider.Name);
    }

    public async Task<AliasDocument> SetAliasAsync(
        string name, string alias, AliasTarget target, AliasOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new AliasOptions();
        PublishArguments.Require(name, alias, options, _time.GetUtcNow());
        var provider = _targets.Choose(options.Repository);
        foreach (var (version, _) in target.Versions)
        {
            await _published.ResolveAsync(ModelReference.For(name, version), cancellationToken).ConfigureAwait(false);
        }

        var opened = await _targets.OpenAsync(provider, options.AllowUnsafeStore, cancellationToken).ConfigureAwait(false);
        AliasChange change = new() { Set = new Dictionary<string, AliasTarget> { [alias] = target }, Expires = options.Expires };
        return (await ChangeAsync(opened, name, _ => change, cancellationToken).ConfigureAwait(false))!;
    }

    public async Task<AliasDocument?> RemoveAliasAsync(string name, string alias, AliasOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new AliasOptions();
        PublishArguments.Require(name, alias, options, _time.GetUtcNow());
        var target = await _targets.OpenAsync(_targets.Choose(options.Repository), options.AllowUnsafeStore, cancellationToken).ConfigureAwait(false);
        AliasChange change = new() { Remove = [alias], Expires = options.Expires };
        return await ChangeAsync(target, name, _ => change, cancellationToken).ConfigureAwait(false);
    }

    public Task<ManifestDocument> GetManifestAsync(ModelReference reference, string? repository = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var resolver = repository is null ? _resolver : new ModelResolver(new ProviderChain([Provider(repository, nameof(repository))]), NullLogger<ModelResolver>.Instance);
        return DescribeAsync(resolver, reference, cancellationToken);
    }

    public IAsyncEnumerable<string> ListModelsAsync(string? repository = null, CancellationToken cancellationToken = default) =>
        Listing(repository).ModelsAsync(cancellationToken);

    public IAsyncEnumerable<ListedVersion> ListVersionsAsync(string name, string? repository = null, CancellationToken cancellationToken = default) =>
        Listing(repository).VersionsAsync(ModelName.Require(name, nameof(name)), cancellationToken);

    private ModelManifest Wanted(string name, ModelVersion version, PublishOptions options) => new()
    {
        FormatVersion = ModelManifest.CurrentFormatVersion,
        Name = name,
        Version = version,
        Created = _time.GetUtcNow(),
        Entry = "",
        Files = [],
        Metadata = options.Metadata,
        Warmup = options.Warmup,
        GoldenSamples = options.GoldenSamples,
    };

    /// <summary>The order is the guarantee: first the version, whole; then the aliases that lead to it.</summary>
    private async Task<PublishedModel> FinishAsync(IPublishTarget target, PlacedVersion placed, PublishOptions options, CancellationToken cancellationToken)
    {
        var manifest = placed.Document.Manifest;
        Log(placed, target.Provider.Name);
        _reached(PublishStep.Visible);
        var aliases = await ChangeAsync(target, manifest.Name, current => Moves(current, manifest.Version, options), cancellationToken).ConfigureAwait(false);
        _reached(PublishStep.Done);
        return new PublishedModel
        {
            Name = manifest.Name,
            Version = manifest.Version,
            Digest = placed.Document.Digest,
            Repository = target.Provider.Name,
            AlreadyPublished = placed.AlreadyThere,
            Aliases = aliases,
        };
    }

    private async Task<AliasDocument?> ChangeAsync(IPublishTarget target, string name, Func<AliasDocument?, AliasChange> change, CancellationToken cancellationToken)
    {
        var (document, changed) = await target.ChangeAliasesAsync(name, change, cancellationToken).ConfigureAwait(false);
        if (changed)
        {
            PublishLog.AliasesMoved(_logger, name, target.Provider.Name, document!.Revision, string.Join(", ", document.Aliases.Select(static pair => $"{pair.Key} = {pair.Value}")));
        }

        return document;
    }

    private static AliasChange Moves(AliasDocument? current, ModelVersion version, PublishOptions options)
    {
        Dictionary<string, AliasTarget> moves = new(StringComparer.Ordinal);

        // A split was made on purpose and ends on purpose.
        if (options.MoveLatest && !version.IsPrerelease && current?.Aliases.GetValueOrDefault(ModelSelector.LatestAlias) is var latest
            && (latest is null || (latest.Single is { } single && version > single)))
        {
            moves[ModelSelector.LatestAlias] = version;
        }

        foreach (var alias in options.Aliases)
        {
            moves[alias] = version;
        }

        return new AliasChange { Set = moves, Expires = options.AliasesExpire };
    }

    private static List<string> AliasesOf(AliasDocument? document, ModelVersion version) =>
        document is null ? [] : [.. document.Aliases.Where(alias => alias.Value.Names(version)).Select(static alias => alias.Key).Order(StringComparer.Ordinal)];

    private static async Task<ManifestDocument?> ReadForDeletionAsync(IStorageProvider provider, string name, ModelVersion version, bool force, CancellationToken cancellationToken)
    {
        try
        {
            return await provider.GetManifestAsync(name, version, cancellationToken).ConfigureAwait(false)
                ?? throw new ModelNotFoundException($"'{name}' {version} cannot be deleted from '{provider.Name}': it has no such version.") { Model = name };
        }
        catch (ModelIntegrityException) when (force)
        {
            // A manifest that nobody can read is no reason to keep the version.
            return null;
        }
    }

    private static async Task<ManifestDocument> DescribeAsync(ModelResolver resolver, ModelReference reference, CancellationToken cancellationToken)
    {
        var resolved = await resolver.ResolveAsync(reference, cancellationToken).ConfigureAwait(false);
        return resolved.Document ?? throw new ModelNotFoundException(
            $"'{reference}' is at '{resolved.Provider.Name}' as plain files, without a manifest. Adopt it as a version (AdoptAsync), or publish it.")
        { Model = reference.ToString() };
    }

    private RepositoryListing Listing(string? repository) => new(repository is null ? _chain.Providers : [Provider(repository, nameof(repository))]);

    private IStorageProvider Provider(string name, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameter);
        return _chain.Find(name) ?? throw new ArgumentException(
            $"There is no provider '{ModelName.Printable(name)}'. These are in the chain: {string.Join(", ", _chain.Providers.Select(static provider => $"'{provider.Name}'"))}.", parameter);
    }

    private void Log(PlacedVersion placed, string repository)
    {
        var manifest = placed.Document.Manifest;
        if (placed.AlreadyThere)
        {
            PublishLog.AlreadyPublished(_logger, manifest.Name, manifest.Version.ToString(), repository, placed.Document.Digest.ToString());
        }
        else
        {
            PublishLog.Published(_logger, manifest.Name, manifest.Version.ToString(), repository, placed.Document.Digest.ToString(), manifest.Files.Count, manifest.TotalSize);
        }
    }
}
