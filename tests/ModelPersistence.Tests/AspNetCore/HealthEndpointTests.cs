using ModelPersistence.Startup;
using Microsoft.Extensions.DependencyInjection;

namespace ModelPersistence.Tests.AspNetCore;

[TestFixture]
internal sealed class HealthEndpointTests
{
    [Test, CancelAfter(30_000)]
    public async Task A_server_whose_models_are_ready_is_live_and_ready(CancellationToken cancellationToken)
    {
        await using var server = await InferenceServer.StartAsync(prefix: "/ml");
        await server.Services.GetRequiredService<IModelStatus>().WaitForAsync(StartupPhase.ModelsReady, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await server.Client.GetStringAsync("ml/v2/health/live", cancellationToken), Is.EqualTo("""{"live":true}"""));
            Assert.That(await server.Client.GetStringAsync("ml/v2/health/ready", cancellationToken), Is.EqualTo("""{"ready":true}"""));
        }
    }
}
