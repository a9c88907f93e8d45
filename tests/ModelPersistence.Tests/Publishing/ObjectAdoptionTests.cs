using System.Text;
using ModelPersistence.Models;
using ModelPersistence.Publishing;
using ModelPersistence.Repositories;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Repositories;

namespace ModelPersistence.Tests.Publishing;

/// <summary>What only an object store can meet while its files are adopted.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ObjectAdoptionTests
{
    private readonly InMemoryObjectStore _store = new("there");
    private readonly ObjectRepository _adopted;
    private readonly ModelRepository _repository;

    public ObjectAdoptionTests()
    {
        _adopted = new ObjectRepository("there", _store);
        _repository = ObjectScene.Over([_adopted]);
    }

    [Test]
    public async Task What_a_publication_left_behind_is_no_part_of_the_version()
    {
        _store.Set("m/1.0.0/model.onnx", [1]);
        _store.Set("m/1.0.0/publish-0123456789ab/model.onnx", [2]);
        _store.Set("m/1.0.0/data/", []);
        await _repository.AdoptAsync("m", TestTree.V("1.0.0"));
        Assert.That((await _adopted.GetManifestAsync("m", TestTree.V("1.0.0"), default))!.Manifest.Files.Select(static file => file.Path), Is.EqualTo(new[] { "model.onnx" }));
    }

    [Test]
    public void Objects_that_change_while_they_are_read_are_refused()
    {
        _store.Set("m/1.0.0/model.onnx", "graph"u8.ToArray());
        _store.Before = (call, _) =>
        {
            if (call.Kind == ObjectCallKind.Open)
            {
                _store.Set("m/1.0.0/late.bin", [1]);
            }

            return Task.CompletedTask;
        };
        Assert.That(() => _repository.AdoptAsync("m", TestTree.V("1.0.0")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("while they were being read"));
        _store.Before = (call, _) =>
        {
            if (call.Kind == ObjectCallKind.Open)
            {
                _store.Set("m/1.0.0/model.onnx", "gr"u8.ToArray());
            }

            return Task.CompletedTask;
        };
        Assert.That(() => _repository.AdoptAsync("m", TestTree.V("1.0.0")), Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("it ends after 2 of 5 bytes"));
        Assert.That(_store.Keys, Has.None.EndsWith("manifest.json"));
    }

    [Test]
    public async Task A_read_that_breaks_off_goes_on_where_it_ended()
    {
        _store.Set("m/1.0.0/model.onnx", Encoding.UTF8.GetBytes(new string('x', 5000)));
        _store.FailNext(2, kind: ObjectCallKind.Open);
        await _repository.AdoptAsync("m", TestTree.V("1.0.0"));
        Assert.That(ObjectScene.Flaws(_store), Is.Empty);
    }
}
