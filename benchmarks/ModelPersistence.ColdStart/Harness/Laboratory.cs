namespace ModelPersistence.ColdStart.Harness;

/// <summary>Starts measured processes on one subject, with the stages it needs in a temporary folder.</summary>
internal sealed class Laboratory(string program, string folder, Subject subject)
{
    // Any key: it is the same for all hosts of the experiment.
    private const string RecordKey = "bWVhc3VyZWQgd2l0aCBhIHJlY29yZCBrZXk=";

    private int _stages;

    public Subject Subject => subject;

    private string Expected => Path.Combine(folder, "expected");

    /// <summary>The plain session's outputs, with which every process compares.</summary>
    public async Task WriteExpectedAsync()
    {
        Directory.CreateDirectory(folder);
        using var process = Start(["way=reference"]);
        await process.ResultAsync();
        await process.WaitForExitAsync();
    }

    /// <summary>A stage with the model published and nothing prepared.</summary>
    public async Task<Stage> PublishedAsync(bool keyed = false)
    {
        var number = ++_stages;
        var stage = new Stage(Path.Combine(folder, $"repository-{number}"), Path.Combine(folder, $"cache-{number}"), keyed ? RecordKey : null);
        await subject.PublishAsync(stage.Repository);
        return stage;
    }

    /// <summary>A stage without a repository.</summary>
    public Stage OfFile() => new("", Path.Combine(folder, $"cache-{++_stages}"));

    /// <summary>A stage on which earlier processes have prepared and recorded everything.</summary>
    public async Task<Stage> PreparedAsync(Stage stage)
    {
        for (var i = 0; i < 3; i++)
        {
            // A file that changed within the last two seconds gets no verification record; the next start writes it.
            await Task.Delay(TimeSpan.FromSeconds(2.2), TimeProvider.System);
            await SettleAsync(stage);
        }

        return stage;
    }

    /// <summary>One process that starts, prepares what is missing, and ends in good order.</summary>
    public async Task<Measurement> SettleAsync(Stage stage)
    {
        using var process = Start([.. Managed(stage), "then=settle"]);
        var result = await process.ResultAsync(2);
        await process.WaitForExitAsync();
        return result;
    }

    public Task<Measurement> PlainAsync(params string[] more) => OnceAsync(1, ["way=plain", .. more]);

    public Task<Measurement> ManagedAsync(Stage stage, params string[] more) => OnceAsync(1, [.. Managed(stage), .. more]);

    /// <summary>A managed process that says more after its first output.</summary>
    public Task<Measurement> FollowedAsync(Stage stage, params string[] more) => OnceAsync(2, [.. Managed(stage), .. more]);

    /// <summary>A process that holds its model until it is disposed.</summary>
    public MeasuredProcess Hold(Stage? stage, bool oneHeapArena, params string[] more) =>
        Start([.. stage is null ? ["way=plain"] : Managed(stage), "then=hold", .. more], oneHeapArena);

    private async Task<Measurement> OnceAsync(int results, IEnumerable<string> arguments)
    {
        using var process = Start(arguments);
        return await process.ResultAsync(results);
    }

    private IEnumerable<string> Managed(Stage stage)
    {
        var reference = stage.Repository.Length > 0 ? subject.Reference : subject.Name;
        IEnumerable<string> key = stage.RecordKey is null ? [] : [$"key={stage.RecordKey}"];
        return ["way=managed", $"reference={reference}", $"repository={stage.Repository}", $"cache={stage.Cache}", .. key];
    }

    private MeasuredProcess Start(IEnumerable<string> arguments, bool oneHeapArena = false) =>
        MeasuredProcess.Start(program, [$"workload={subject.Workload}", $"model={subject.Path}", $"expected={Expected}", .. arguments], oneHeapArena);
}
