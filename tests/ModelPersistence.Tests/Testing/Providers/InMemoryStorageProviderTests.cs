using ModelPersistence.Models;
using ModelPersistence.Testing;

namespace ModelPersistence.Tests.Testing.Providers;

[TestFixture]
[CancelAfter(30_000)]
public sealed class InMemoryStorageProviderTests
{
    [Test]
    public async Task What_was_published_is_found_listed_and_read()
    {
        InMemoryStorageProvider provider = new();
        var document = provider.Publish("m", "1.0.0", "graph"u8.ToArray());
        provider.Publish("m", "1.1.0", "other"u8.ToArray());
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await provider.GetManifestAsync("m", ModelVersion.Parse("1.0.0"), default))!.Digest, Is.EqualTo(document.Digest));
            Assert.That(await provider.GetManifestAsync("m", ModelVersion.Parse("2.0.0"), default), Is.Null);
            Assert.That(await provider.GetManifestAsync("n", ModelVersion.Parse("1.0.0"), default), Is.Null);
            Assert.That(await provider.ListModelsAsync(default).ToListAsync(), Is.EqualTo(new[] { "m" }));
            Assert.That(await provider.ListVersionsAsync("m", default).CountAsync(), Is.EqualTo(2));
            Assert.That(await ReadAsync(provider, document, 1, 3), Is.EqualTo("rap"));
            Assert.That(await ReadAsync(provider, document, 3, 100), Is.EqualTo("ph"));
            Assert.That(provider.GetLocalPath(document.Manifest, document.Manifest.Files[0]), Is.Null);
        }
    }

    [Test]
    public async Task Aliases_move_as_a_publisher_moves_them()
    {
        InMemoryStorageProvider provider = new();
        provider.Publish("m", "1.0.0", [1]);
        provider.Publish("m", "2.0.0", [2]);
        provider.Publish("m", "1.0.1", [3]);
        provider.Publish("m", "3.0.0-rc.1", [4]);
        provider.SetAlias("m", "stable", "1.0.0");
        var aliases = await provider.GetAliasesAsync("m", default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aliases!.Aliases["latest"], Is.EqualTo(AliasTarget.To(ModelVersion.Parse("2.0.0"))));
            Assert.That(aliases.Aliases["stable"], Is.EqualTo(AliasTarget.To(ModelVersion.Parse("1.0.0"))));
            Assert.That(aliases.Revision, Is.EqualTo(3));
        }
    }

    [Test]
    public void A_version_never_changes_and_can_be_taken_away()
    {
        InMemoryStorageProvider provider = new();
        var document = provider.Publish("m", "1.0.0", [1]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(provider.Publish("m", "1.0.0", [1]).Digest, Is.EqualTo(document.Digest));
            Assert.That(() => provider.Publish("m", "1.0.0", [2]), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("publish under a new one"));
            Assert.That(provider.Remove("m", "1.0.0"), Is.True);
            Assert.That(provider.Remove("m", "1.0.0"), Is.False);
            Assert.That(async () => await provider.OpenReadAsync(document.Manifest, document.Manifest.Files[0], 0, 1, default), Throws.TypeOf<ModelStorageException>());
        }
    }

    [Test]
    public void A_folder_is_published_with_its_sub_folders()
    {
        using Support.TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["weights"]);
        File.WriteAllText(folder["model.onnx"], "graph");
        File.WriteAllText(folder["weights/a.bin"], "a");
        var document = new InMemoryStorageProvider().PublishFolder("m", "1.0.0", folder.Root);
        Assert.That(document.Manifest.Files.Select(static file => file.Path), Is.EqualTo(new[] { "model.onnx", "weights/a.bin" }));
    }

    internal static async Task<string> ReadAsync(ModelPersistence.Repositories.IStorageProvider provider, ManifestDocument document, long offset, long length)
    {
        await using var stream = await provider.OpenReadAsync(document.Manifest, document.Manifest.Files[0], offset, length, default);
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync();
    }
}
