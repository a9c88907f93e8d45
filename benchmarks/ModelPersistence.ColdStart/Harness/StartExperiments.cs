using ModelPersistence.ColdStart.Reporting;
using ModelPersistence.Measuring;

namespace ModelPersistence.ColdStart.Harness;

/// <summary>How long starts take, on one subject.</summary>
internal sealed class StartExperiments(Laboratory laboratory, Stage prepared, int runs)
{
    private IReadOnlyList<string> OwnFile => [laboratory.Subject.Path];

    /// <summary>With the runtime's environment created before the clock starts.</summary>
    public async Task<IEnumerable<Row>> LoadAsync(double? atLeast = null)
    {
        var results = await Contest.RunAsync(runs,
        [
            ("plain", () => laboratory.PlainAsync("from=load")),
            ("asked", () => laboratory.ManagedAsync(prepared, "from=load", "named=0")),
            ("named", () => laboratory.ManagedAsync(prepared, "from=load")),
        ]);
        return
        [
            Compare("Load + first correct inference, environment created: the artifact found and trusted, the session opened, its first run", results, "named", "load", atLeast, managedFigure: "session"),
            Compare("the same and everything around it (the host's start, resolution, a second run for the caller)", results, "named", "load"),
            Compare("the same, asked for by `GetAsync` without being named in `AddModel`: nothing was touched early", results, "asked", "load"),
        ];
    }

    /// <summary>The same with the model's files out of the page cache.</summary>
    public async Task<IEnumerable<Row>> ColdAsync(double? atLeast = null)
    {
        var results = await Contest.RunAsync(runs,
        [
            ("plain", () => Cold(OwnFile, () => laboratory.PlainAsync("from=load"))),
            ("named", () => Cold(prepared.Files, () => laboratory.ManagedAsync(prepared, "from=load"))),
            ("plain-host", () => Cold(OwnFile, () => laboratory.PlainAsync())),
            ("host", () => Cold(prepared.Files, () => laboratory.ManagedAsync(prepared))),
        ]);
        return
        [
            Compare("Load + first correct inference, environment created, **page cache cold**", results, "named", "load", atLeast, managedFigure: "session"),
            Compare("the same and everything around it, page cache cold", results, "named", "load"),
            Compare("Host built → first correct inference, page cache cold", results, "host", "built", null, "plain-host"),
        ];
    }

    /// <summary>With everything inside the clock.</summary>
    public async Task<IEnumerable<Row>> HostAsync(double? fromBuilt = null, double? fromExec = null)
    {
        var results = await Contest.RunAsync(runs,
        [
            ("plain", () => laboratory.PlainAsync()),
            ("host", () => laboratory.ManagedAsync(prepared)),
        ]);
        return
        [
            Compare("Host built → first correct inference (early work since registration not counted)", results, "host", "built", fromBuilt),
            Compare("First line of Main → first correct inference (building the host counted)", results, "host", "main"),
            Compare("Whole process: exec → first correct inference printed", results, "host", "process", fromExec),
        ];
    }

    /// <summary>Nothing prepared, nothing recorded.</summary>
    public async Task<IEnumerable<Row>> FirstAsync(double? atMost = null)
    {
        var (file, published) = (laboratory.OfFile(), await laboratory.PublishedAsync());
        var results = await Contest.RunAsync(runs,
        [
            ("plain", () => laboratory.PlainAsync()),
            ("file", () => Afresh(file)),
            ("repository", () => Afresh(published)),
        ]);
        return
        [
            Compare("First start ever, `AddModelFile`: first line of Main → first correct inference", results, "file", "main", atMost: atMost),
            Compare("First start ever, from a repository without a verification record (hashes all bytes)", results, "repository", "main", atMost: atMost),
        ];

        async Task<Measurement> Afresh(Stage stage)
        {
            stage.ForgetDerived();
            return await laboratory.ManagedAsync(stage);
        }
    }

    /// <summary>An empty local cache, and a shared volume that other hosts have prepared.</summary>
    public async Task<IEnumerable<Row>> NewHostAsync()
    {
        var keyed = await laboratory.PreparedAsync(await laboratory.PublishedAsync(keyed: true));
        var results = await Contest.RunAsync(runs,
        [
            ("plain", () => laboratory.PlainAsync()),
            ("keyed", () => NewHost(keyed)),
            ("unkeyed", () => NewHost(prepared)),
        ]);
        // The host that the other experiments know has lost its cache.
        await laboratory.PreparedAsync(prepared);
        return
        [
            Compare("New host, prepared shared volume, with `RecordKey`: first line of Main → first correct inference", results, "keyed", "main"),
            Compare("New host, prepared shared volume, without (full verification)", results, "unkeyed", "main"),
        ];

        async Task<Measurement> NewHost(Stage stage)
        {
            stage.ForgetHost();
            return await laboratory.ManagedAsync(stage);
        }
    }

    private static async Task<Measurement> Cold(IReadOnlyList<string> files, Func<Task<Measurement>> start)
    {
        PageCache.Evict(files);
        return await start();
    }

    private static Row Compare(
        string what,
        IReadOnlyDictionary<string, IReadOnlyList<Measurement>> results,
        string managed,
        string figure,
        double? atLeast = null,
        string plain = "plain",
        double? atMost = null,
        string? managedFigure = null)
    {
        return Row.OfTimes(what, Values(plain, figure), Values(managed, managedFigure ?? figure), atLeast, atMost);

        double[] Values(string contender, string name) => [.. results[contender].Select(measurement => measurement[name])];
    }
}
