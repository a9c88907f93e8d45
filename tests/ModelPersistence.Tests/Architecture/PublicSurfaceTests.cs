using System.Reflection;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Architecture;

/// <summary>What users can see is written down in a committed file, so that no change of it goes unnoticed.</summary>
[TestFixture]
public sealed class PublicSurfaceTests
{
    private const string AcceptVariable = "MODELPERSISTENCE_ACCEPT_API";

    [TestCase("ModelPersistence")]
    [TestCase("ModelPersistence.AspNetCore")]
    [TestCase("ModelPersistence.Aws")]
    [TestCase("ModelPersistence.Testing")]
    public void The_public_surface_is_the_one_that_was_agreed_on(string assembly)
    {
        var path = Path.Combine(SourceTree.Root, "src", assembly, "PublicApi.txt");
        var actual = PublicSurface.Of(Assembly.Load(assembly));
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
        {
            File.WriteAllText(path, actual);
        }

        var agreed = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        string[] before = agreed.Split('\n'), after = actual.Split('\n');
        Assert.That(
            actual,
            Is.EqualTo(agreed),
            $"""
            The public surface of {assembly} changed.
            Gone:
            {string.Join('\n', before.Except(after))}
            New:
            {string.Join('\n', after.Except(before))}
            If that is meant, run the tests once with {AcceptVariable}=1, look at the change of src/{assembly}/PublicApi.txt, and commit it.
            """);
    }

    [Test]
    public void The_printed_surface_shows_what_a_user_can_get_wrong()
    {
        var text = PublicSurface.Of(typeof(SurfaceExample).Assembly);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("sealed class ModelPersistence.Tests.Architecture.SurfaceExample : IDisposable"));
            Assert.That(text, Does.Contain("  required String? Name { get; init; }"));
            Assert.That(text, Does.Contain("  static Task<IReadOnlyList<String?>> ReadAsync(Int64? limit, out String found, CancellationToken cancellationToken = default)"));
        }
    }
}
