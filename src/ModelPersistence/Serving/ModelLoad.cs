using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Serving;

/// <summary>One load on its way: what was resolved, and what was found out since. Used by one thread at a time.</summary>
internal sealed class ModelLoad(ResolvedModel resolved, ManifestDocument? document, ModelRoute route, LoadRecorder recorder)
{
    private StoredModel? _stored;
    private LocalModel? _local;

    public ResolvedModel Resolved => resolved;

    public ModelRoute Route => route;

    public LoadRecorder Recorder => recorder;

    /// <summary>How its sessions are made; of the execution providers that were asked for, those that turned out to work here.</summary>
    public SessionSettings Settings { get; set; } = route.Settings;

    /// <summary>The manifest; null for plain files until they have been hashed.</summary>
    public ManifestDocument? Document { get; private set; } = document;

    public Sha256Digest? Digest => Document?.Digest;

    public string DisplayName { get; } = $"{resolved.Name}:{resolved.Version}";

    public PreparedArtifact? Portable { get; set; }

    /// <summary>The artifacts this load uses; the bytes of those that were found may still have to be hashed.</summary>
    public List<PreparedArtifact> Artifacts { get; } = [];

    /// <summary>The memory that was claimed for it; belongs to the model once that is loaded.</summary>
    public MemoryClaim? Claim { get; set; }

    /// <summary>What its first session was estimated to take.</summary>
    public MemoryNeed? Need { get; set; }

    /// <summary>The private memory that opening and running its first session added to the process, in bytes; null where that could not be told.</summary>
    public long? Measured { get; set; }

    /// <summary>The memory of the second tier, claimed beside that of the first until the first is gone.</summary>
    public MemoryClaim? SecondClaim { get; set; }

    /// <summary>What its second session was estimated to take.</summary>
    public MemoryNeed? SecondNeed { get; set; }

    /// <summary>The inputs of the warm-up, once they are made; null when they cannot be.</summary>
    public ModelInputs? Inputs { get; set; }

    /// <summary>Whether the first run failed for want of inputs that fit.</summary>
    public bool RefusesInputs { get; private set; }

    public WarmupHints? Hints => WarmupHintMerge.Merge(route.Options.Warmup, Document?.Manifest.Warmup);

    public IReadOnlyList<GoldenSample>? Samples => Document?.Manifest.GoldenSamples;

    /// <summary>Brings the files to this host and checks them, once.</summary>
    public async Task<LocalModel> MakeLocalAsync(ModelStore store, Action<ModelState>? report, CancellationToken cancellationToken)
    {
        if (_local is not null)
        {
            return _local;
        }

        report?.Invoke(ModelState.Fetching);
        var begun = recorder.Begin();
        _stored = await store.FetchAsync(resolved, route.IsNamed, cancellationToken).ConfigureAwait(false);
        recorder.End(LoadPhase.Fetch, begun);

        report?.Invoke(ModelState.Verifying);
        begun = recorder.Begin();
        _local = await store.VerifyAsync(_stored, route.IsNamed, cancellationToken).ConfigureAwait(false);
        recorder.End(LoadPhase.Verify, begun, _local.Trust switch
        {
            TrustBasis.Hashed => "hashed",
            TrustBasis.Record => "by record",
            TrustBasis.Deferred => "deferred",
            _ => "nothing to compare with",
        });
        return _local;
    }

    /// <summary>Whether its bytes had to be brought to this host.</summary>
    public bool WasFetched => _stored?.Fetched.IsHashed ?? false;

    /// <summary>The files that were served and are not hashed yet, if there are any.</summary>
    public StoredModel? Deferred => _local?.Trust == TrustBasis.Deferred ? _stored : null;

    /// <summary>The deferred files were hashed since, and are right.</summary>
    public void Confirm() => _local = _local! with { Trust = TrustBasis.Hashed };

    public async Task<Sha256Digest> IdentifyAsync(UnmanifestedIndex index, CancellationToken cancellationToken)
    {
        Document ??= await index.DescribeAsync(resolved.Unmanifested!, cancellationToken).ConfigureAwait(false);
        return Document.Digest;
    }

    /// <summary>Gives up the marks on what this load found: from here on only the sessions hold theirs.</summary>
    public void Release()
    {
        _stored?.Use.Dispose();
        Portable?.Use.Dispose();
        foreach (var artifact in Artifacts)
        {
            artifact.Use.Dispose();
        }
    }

    /// <summary>The bytes of the model's own files.</summary>
    public long SizeOf(LocalModel local) =>
        Document?.Manifest.TotalSize ?? resolved.Unmanifested?.SizeInBytes ?? new FileInfo(local.EntryPath).Length;

    public void GiveUpInputs()
    {
        RefusesInputs = true;
        DropInputs();
    }

    public void DropInputs()
    {
        Inputs?.Dispose();
        Inputs = null;
    }
}
