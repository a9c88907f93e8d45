using ModelPersistence.Models;
using ModelPersistence.Publishing;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/publishing.md, compiled. A test compares them.</summary>
internal static class PublishingSnippets
{
    public static async Task PublishAsync(IModelRepository repository)
    {
        // <publish>
        var published = await repository.PublishAsync("exports/sentiment", "sentiment", ModelVersion.Parse("1.2.0"), new PublishOptions
        {
            Repository = "S3",                                     // null: the first of the chain that takes publications
            Aliases = ["candidate"],                               // latest moves by itself, forward and never to a pre-release
            Metadata = new ModelMetadata
            {
                Framework = "pytorch 2.9",
                Licence = "Apache-2.0",
                Lineage = new Dictionary<string, string> { ["commit"] = "4f2c1e9", ["dataset"] = "reviews-2026-10" },
                Metrics = new Dictionary<string, double> { ["f1"] = 0.93 },
                Dependencies = new Dictionary<string, string> { ["tokenizer"] = "2.1.0" },
            },
        });
        Console.WriteLine($"sentiment:1.2.0@{published.Digest}");    // pin this where content must be proven
        // </publish>
    }

    public static async Task AliasesAsync(IModelRepository repository)
    {
#pragma warning disable RS0030 // A snippet has no clock of its own.
        // <aliases>
        await repository.SetAliasAsync("sentiment", "stable", ModelVersion.Parse("1.2.0"), new AliasOptions { Expires = DateTimeOffset.UtcNow.AddDays(30) });
        await repository.SetAliasAsync("sentiment", "stable", ModelVersion.Parse("1.1.0"));    // back again
        await repository.RemoveAliasAsync("sentiment", "candidate");
        // </aliases>
#pragma warning restore RS0030
    }

    public static async Task SplitAsync(IModelRepository repository)
    {
        // <split>
        var (old, canary) = (ModelVersion.Parse("1.2.0"), ModelVersion.Parse("1.3.0"));
        await repository.SetAliasAsync("sentiment", "stable", AliasTarget.Split(new(old, 90), new(canary, 10)));
        await repository.SetAliasAsync("sentiment", "stable", canary);    // all of it: the split is over
        // </split>
    }

    public static async Task CopyAsync(IModelRepository repository)
    {
        // <copy>
        var copied = await repository.CopyAsync(ModelReference.Parse("sentiment:stable"), from: "S3-eu", to: "S3-us",
            new CopyOptions { CarryAliases = true });
        Console.WriteLine($"{copied.TransferredBytes} bytes sent, {copied.ReusedBytes} were there");
        // </copy>
    }

    public static async Task ManageAsync(IModelRepository repository)
    {
        // <manage>
        await repository.AdoptAsync("ranking", ModelVersion.Parse("3.0.0"), new PublishOptions { Aliases = ["stable"] });
        await foreach (var listed in repository.ListVersionsAsync("sentiment"))
        {
            Console.WriteLine($"{listed.Version} {string.Join(' ', listed.Aliases)} at {listed.Repository}");
        }

        await repository.DeleteAsync("sentiment", ModelVersion.Parse("1.0.0"));    // refused while an alias stands for it
        // </manage>
    }
}
