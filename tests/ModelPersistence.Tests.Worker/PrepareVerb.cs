using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Repositories;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Tests.Worker;

/// <summary>
/// <c>prepare store model [Begun|Written|Measuring]</c>: makes the packed artifact of a model file whose digest is that of <c>model</c>; at
/// the step it says so and stands still until it is killed.
/// </summary>
internal static class PrepareVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        var path = args[1];
        var version = ModelVersion.Parse("1.0.0");
        var file = Path.GetFileName(path);
        LocalModel local = new(
            new ResolvedModel
            {
                Reference = ModelReference.For("cats", version),
                Version = version,
                Provider = null!,
                Unmanifested = new UnmanifestedModel("cats", version, Path.GetDirectoryName(path)!, file, [file]),
            },
            path,
            TrustBasis.Unverified);
        StoreFolder store = new(args[0], "cache", TimeProvider.System, StoreFolderKind.Cache);
        PreparedArtifacts artifacts = new([], [store], store, TimeProvider.System, NullLogger<PreparedArtifacts>.Instance);
        StandingTime time = new(args.Length > 2 ? args[2] : "");
        using ModelPreparer preparer = new(artifacts, [store], new CrossProcessLocks(TimeProvider.System), time, NullLogger<ModelPreparer>.Instance);
        var artifact = await preparer.PrepareAsync(ArtifactKind.Packed, local, Sha256Digest.Of("model"u8), SessionSettings.Default, null, null, CancellationToken.None);
        Console.WriteLine($"prepared {artifact.Form}");
        return 0;
    }

    /// <summary>The preparation looks at the clock when it begins, when a form is written, and while it measures; there it can be stopped.</summary>
    private sealed class StandingTime(string step) : TimeProvider
    {
        private int _looks;

        public override long GetTimestamp()
        {
            var look = Interlocked.Increment(ref _looks);
            StandStill(step == "Begun" || (step == "Measuring" && look == 5));
            return base.GetTimestamp();
        }

        public override DateTimeOffset GetUtcNow()
        {
            StandStill(step == "Written");
            return base.GetUtcNow();
        }

        private static void StandStill(bool here)
        {
            if (here)
            {
                Console.WriteLine("reached");
                new ManualResetEventSlim().Wait();
            }
        }
    }
}
