using System.Globalization;
using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Publishing;

/// <summary>
/// Changes a model's alias document without relying on locks. Every revision is first written down as <c>.aliases/&lt;revision&gt;.json</c>
/// by a create that fails when the revision is taken, so revisions form one line, each made from the one before, and no change is lost.
/// Then <c>aliases.json</c>, which readers see, is brought up to the highest one.
/// </summary>
/// <remarks>
/// What can happen when two publishers meet: the slower one may put its older revision into <c>aliases.json</c> for a moment, and puts
/// the higher one back at once; if it dies right between, the next publication does. Readers hold on to the highest revision they saw.
/// </remarks>
internal sealed class FolderAliases(DirectoryProvider repository, Action<PublishStep> reached)
{
    private const int MaxAttempts = 1000;
    private const int KeptRevisions = 64;

    private readonly RepositoryLayout _layout = repository.Layout;

    /// <inheritdoc cref="IPublishTarget.ChangeAliasesAsync"/>
    public async Task<(AliasDocument? Document, bool Changed)> ChangeAsync(
        string model, Func<AliasDocument?, AliasChange> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var (current, taken) = await CurrentAsync(model, cancellationToken).ConfigureAwait(false);
            if (change(current).ApplyTo(model, current, taken) is not { } next)
            {
                await ShowHighestAsync(model, cancellationToken).ConfigureAwait(false);
                return (current, false);
            }

            if (await TryTakeAsync(next, cancellationToken).ConfigureAwait(false))
            {
                reached(PublishStep.AliasesWritten);
                await ShowHighestAsync(model, cancellationToken).ConfigureAwait(false);
                return (next, true);
            }
        }

        throw repository.Io.Failure($"change the aliases of '{model}'", $"others changed them {MaxAttempts} times meanwhile.", isTransient: true);
    }

    private async Task<(AliasDocument? Current, long Taken)> CurrentAsync(string model, CancellationToken cancellationToken)
    {
        var (highest, taken) = await HighestAsync(model, cancellationToken).ConfigureAwait(false);
        AliasDocument? shown = null;
        try
        {
            shown = await repository.GetAliasesAsync(model, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelIntegrityException) when (highest is not null)
        {
            // A spoiled aliases.json is mended from the revisions.
        }

        // At equal revisions the file counts: somebody may have edited it by hand.
        return (highest is null || shown?.Revision >= highest.Revision ? shown : highest, taken);
    }

    /// <summary>The highest readable revision, and the highest number that is taken.</summary>
    private ValueTask<(AliasDocument? Highest, long Taken)> HighestAsync(string model, CancellationToken cancellationToken) =>
        repository.Io.RunAsync(() => ReadHighest(model), $"read the alias revisions of '{model}'", cancellationToken);

    private (AliasDocument? Highest, long Taken) ReadHighest(string model)
    {
        var revisions = Revisions(model);
        foreach (var revision in revisions)
        {
            try
            {
                if (DocumentFile.Read(PathOf(model, revision), model) is { } json && DocumentReader.ReadAliases(model, json) is var document && document.Revision == revision)
                {
                    return (document, revisions[0]);
                }
            }
            catch (ModelIntegrityException)
            {
                // Torn by a crash on a file system without hard links: its number stays taken, its content never counted.
            }
        }

        return (null, revisions.FirstOrDefault());
    }

    private async Task<bool> TryTakeAsync(AliasDocument next, CancellationToken cancellationToken)
    {
        var path = PathOf(next.Name, next.Revision);
        return await repository.Io.RunAsync(() => TryTake(next, path), $"write '{path}'", cancellationToken).ConfigureAwait(false);
    }

    private bool TryTake(AliasDocument next, string path)
    {
        DurableFolder.Create(_layout.AliasHistory(next.Name));
        if (!ExclusiveFile.TryCreate(path, DocumentReader.Write(next)))
        {
            return false;
        }

        // A publisher that slept so long that its number was swept up meanwhile made its change from an old document: it takes it back.
        var revisions = Revisions(next.Name);
        if (revisions[0] >= next.Revision + KeptRevisions)
        {
            DurableFile.DeleteQuietly(path);
            return false;
        }

        foreach (var old in revisions.Skip(KeptRevisions))
        {
            DurableFile.DeleteQuietly(PathOf(next.Name, old));
        }

        return true;
    }

    private async Task ShowHighestAsync(string model, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var (current, _) = await CurrentAsync(model, cancellationToken).ConfigureAwait(false);
            if (current is null || await ShownRevisionAsync(model, cancellationToken).ConfigureAwait(false) >= current.Revision)
            {
                return;
            }

            // Looked at again afterwards, because another publisher may have shown a higher revision just before this rename.
            await repository.Io.RunAsync(() => Show(current), $"write '{_layout.Aliases(model)}'", cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<long> ShownRevisionAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            return await repository.GetAliasesAsync(model, cancellationToken).ConfigureAwait(false) is { } shown ? shown.Revision : -1;
        }
        catch (ModelIntegrityException)
        {
            return -1;
        }
    }

    private bool Show(AliasDocument document)
    {
        DurableFile.Write(_layout.Aliases(document.Name), DocumentReader.Write(document));
        return true;
    }

    private List<long> Revisions(string model)
    {
        var folder = _layout.AliasHistory(model);
        return !Directory.Exists(folder) ? [] :
        [
            .. Directory.EnumerateFiles(folder, "*.json")
                .Select(static path => long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : -1)
                .Where(static revision => revision >= 0)
                .OrderDescending(),
        ];
    }

    private string PathOf(string model, long revision) =>
        Path.Join(_layout.AliasHistory(model), string.Create(CultureInfo.InvariantCulture, $"{revision}.json"));
}
