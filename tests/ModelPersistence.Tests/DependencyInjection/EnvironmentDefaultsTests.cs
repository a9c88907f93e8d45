using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using ModelPersistence.Configuration;

namespace ModelPersistence.Tests.DependencyInjection;

internal sealed class EnvironmentDefaultsTests
{
    [TestCase("Production")]
    [TestCase("Staging")]
    [TestCase(null)]
    public void Everywhere_but_in_development_the_defaults_are_those_of_production(string? environment)
    {
        var options = Options(environment);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((options.RefreshInterval, options.LeaseWarningAfter), Is.EqualTo((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60))));
            Assert.That((options.AutomaticRollback, options.MemoryBudgetShare), Is.EqualTo((true, 0.8)));
        }
    }

    [Test]
    public void In_development_they_suit_a_developers_machine()
    {
        var options = Options("Development");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((options.RefreshInterval, options.LeaseWarningAfter), Is.EqualTo((TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10))));
            Assert.That((options.AutomaticRollback, options.MemoryBudgetShare), Is.EqualTo((false, 0.5)));
        }
    }

    [Test]
    public void Configuration_and_code_override_them_wherever_they_stand()
    {
        var options = Options(
            "Development",
            before: services => services.Configure<ModelManagementOptions>(o => o.AutomaticRollback = true),
            configure: o => o.LeaseWarningAfter = TimeSpan.FromSeconds(7),
            ("ModelManagement:RefreshInterval", "00:01:00"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.AutomaticRollback, Is.True, "Code before AddModelManagement");
            Assert.That(options.LeaseWarningAfter, Is.EqualTo(TimeSpan.FromSeconds(7)), "Code in AddModelManagement");
            Assert.That(options.RefreshInterval, Is.EqualTo(TimeSpan.FromMinutes(1)), "Configuration");
            Assert.That(options.MemoryBudgetShare, Is.EqualTo(0.5));
        }
    }

    private static ModelManagementOptions Options(
        string? environment, Action<IServiceCollection>? before = null, Action<ModelManagementOptions>? configure = null, params (string Key, string Value)[] settings)
    {
        ServiceCollection services = [];
        if (environment is not null)
        {
            services.AddSingleton<IHostEnvironment>(new HostingEnvironment { EnvironmentName = environment });
        }

        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(static setting => setting.Key, static setting => (string?)setting.Value)).Build());
        before?.Invoke(services);
        services.AddModelManagement(o =>
        {
            o.EagerStart = false;
            configure?.Invoke(o);
        });
        using var container = services.BuildServiceProvider();
        return container.GetRequiredService<IOptions<ModelManagementOptions>>().Value;
    }
}
