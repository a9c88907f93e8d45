using ModelPersistence.Publishing;
using Microsoft.Extensions.Logging.Abstractions;
using ModelPersistence.Models;
using ModelPersistence.Repositories;

namespace ModelPersistence.Tests.Worker;

/// <summary><c>publish repository source version [step]</c>: publishes the model <c>m</c>; at the step it says so and stands still until it is killed.</summary>
internal static class PublishVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        DirectoryProvider repository = new(new DirectoryProviderOptions { Name = "volume", Path = args[0], AcceptsPublishing = true }, TimeProvider.System);
        ProviderChain chain = new([repository]);
        PublishStep? stop = args.Length > 3 ? Enum.Parse<PublishStep>(args[3]) : null;
        ModelRepository publisher = new(
            chain, new ModelResolver(chain, NullLogger<ModelResolver>.Instance), TimeProvider.System, NullLogger<ModelRepository>.Instance, step => StandStill(step, stop));
        try
        {
            var published = await publisher.PublishAsync(args[1], "m", ModelVersion.Parse(args[2]));
            Console.WriteLine(published.AlreadyPublished ? "already" : "published");
            return 0;
        }
        catch (ModelIntegrityException e)
        {
            Console.WriteLine($"refused {e.Message}");
            return 1;
        }
    }

    private static void StandStill(PublishStep step, PublishStep? stop)
    {
        if (step == stop)
        {
            Console.WriteLine("reached");
            new ManualResetEventSlim().Wait();
        }
    }
}
