using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Transfer;

/// <summary>
/// Chunks that lie on this host already, in other versions of the model. What they are is known from manifests, so it is only a hint:
/// what is copied is hashed like what comes from far away.
/// </summary>
internal sealed class LocalChunks
{
    private const int MaxVersions = 8;

    private readonly Dictionary<Sha256Digest, Place?> _places = [];
    private readonly TransferSettings _settings;
    private readonly TimeProvider _time;

    private LocalChunks(ModelManifest wanted, TransferSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        foreach (var chunk in wanted.Files.SelectMany(static file => file.Chunks))
        {
            _places[chunk.Sha256] = null;
        }
    }

    private sealed record Place(IStorageProvider Provider, ModelManifest Manifest, ModelFile File, int Chunk, long Offset);

    /// <summary>The versions that were looked at, newest first, each with where it lies.</summary>
    public List<(DirectoryProvider Tree, ModelManifest Manifest)> Versions { get; } = [];

    /// <summary>Looks through the newest versions of the model in trees on this host.</summary>
    public static async Task<LocalChunks> FindAsync(
        ManifestDocument wanted, IEnumerable<DirectoryProvider> trees, TransferSettings settings, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        LocalChunks found = new(wanted.Manifest, settings, time);
        var name = wanted.Manifest.Name;
        List<(DirectoryProvider Tree, ModelVersion Version)> versions = [];
        foreach (var tree in trees)
        {
            await LookAsync(tree, async () =>
            {
                await foreach (var version in tree.ListVersionsAsync(name, cancellationToken).ConfigureAwait(false))
                {
                    versions.Add((tree, version));
                }
            }).ConfigureAwait(false);
        }

        foreach (var (tree, version) in versions.OrderByDescending(static entry => entry.Version))
        {
            if (found.Versions.Count == MaxVersions)
            {
                break;
            }

            await LookAsync(tree, async () =>
            {
                // A copy of this very version is a source like any other.
                if (await tree.GetManifestAsync(name, version, cancellationToken).ConfigureAwait(false) is { } document && document.Digest != wanted.Digest)
                {
                    found.Versions.Add((tree, document.Manifest));
                    foreach (var file in document.Manifest.Files)
                    {
                        found.Add(tree, document.Manifest, file);
                    }
                }
            }).ConfigureAwait(false);
        }

        return found;

        async Task LookAsync(DirectoryProvider tree, Func<Task> look)
        {
            try
            {
                await look().ConfigureAwait(false);
            }
            catch (Exception e) when (e is ModelPersistenceException or IOException or UnauthorizedAccessException)
            {
                TransferLog.NotReused(logger, name, tree.Name, e.Message);
            }
        }
    }

    /// <summary>Adds the chunks of one file, as far as they are wanted and not known from elsewhere.</summary>
    public void Add(IStorageProvider provider, ModelManifest manifest, ModelFile file)
    {
        long offset = 0;
        lock (_places)
        {
            for (var i = 0; i < file.Chunks.Count; i++)
            {
                var chunk = file.Chunks[i];
                if (_places.TryGetValue(chunk.Sha256, out var known) && known is null)
                {
                    _places[chunk.Sha256] = new Place(provider, manifest, file, i, offset);
                }

                offset += chunk.Length;
            }
        }
    }

    /// <summary>How many bytes of a file are known to be on this host.</summary>
    public long KnownBytes(ModelFile file)
    {
        lock (_places)
        {
            return file.Chunks.Sum(chunk => _places.GetValueOrDefault(chunk.Sha256) is null ? 0L : chunk.Length);
        }
    }

    /// <summary>The path of an older form of a file whose content is largely the same at the same places; null when there is none.</summary>
    public string? LikenessOf(ModelFile file)
    {
        foreach (var (tree, manifest) in Versions)
        {
            if (manifest.Files.FirstOrDefault(older => older.Path == file.Path) is { } older && 2 * SameBytes(file, older) > file.Size)
            {
                return tree.GetLocalPath(manifest, older);
            }
        }

        return null;
    }

    /// <summary>Copies the chunks of a run that can be had here. What turns out to be wrong or gone is left to the sources.</summary>
    public async Task CopyAsync(ChunkRun run, IChunkTarget target, IncrementalHash hash, CancellationToken cancellationToken)
    {
        for (var next = run.First; next < run.End;)
        {
            if (!target.Needs(next) || Find(run.File, next) is not { } place)
            {
                next++;
                continue;
            }

            // Chunks that follow each other there as they do here are read in one go.
            var count = 1;
            while (next + count < run.End
                && target.Needs(next + count)
                && place.Chunk + count < place.File.Chunks.Count
                && place.File.Chunks[place.Chunk + count] == run.File.Chunks[next + count])
            {
                count++;
            }

            RangeAttempt attempt = new(place.Manifest, _settings, _time, new TransferMeter());
            var there = ChunkRun.Of(place.File, place.Chunk, count, place.Offset);
            var result = await attempt.RunAsync(place.Provider, there, new Shifted(target, next - place.Chunk), hash, cancellationToken).ConfigureAwait(false);
            next += result.Fault is null ? count : result.Passed + 1;
        }
    }

    private static long SameBytes(ModelFile file, ModelFile older)
    {
        long same = 0, offset = 0, olderOffset = 0;
        for (int i = 0, j = 0; i < file.Chunks.Count && j < older.Chunks.Count;)
        {
            if (offset == olderOffset && file.Chunks[i] == older.Chunks[j])
            {
                same += file.Chunks[i].Length;
            }

            // Whichever is behind goes on.
            var isBehind = offset <= olderOffset;
            if (olderOffset <= offset)
            {
                olderOffset += older.Chunks[j++].Length;
            }

            if (isBehind)
            {
                offset += file.Chunks[i++].Length;
            }
        }

        return same;
    }

    private Place? Find(ModelFile file, int chunk)
    {
        lock (_places)
        {
            return _places.GetValueOrDefault(file.Chunks[chunk].Sha256);
        }
    }

    /// <summary>A target whose chunks have other numbers in the file that is read.</summary>
    private sealed class Shifted(IChunkTarget target, int by) : IChunkTarget
    {
        public bool Needs(int chunk) => target.Needs(chunk + by);

        public Memory<byte> Place(int chunk) => target.Place(chunk + by);

        public void Accept(int chunk) => target.Accept(chunk + by);
    }
}
