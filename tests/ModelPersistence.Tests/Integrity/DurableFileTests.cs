using ModelPersistence.Integrity;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Integrity;

[CancelAfter(30_000)]
public class DurableFileTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public async Task A_file_is_replaced_whole_and_leaves_nothing_beside_it(CancellationToken cancellationToken)
    {
        await DurableFile.WriteAsync(_folder["a"], "one"u8.ToArray(), cancellationToken);
        await DurableFile.WriteAsync(_folder["a"], "two"u8.ToArray(), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(_folder["a"]), Is.EqualTo("two"));
            Assert.That(Directory.GetFileSystemEntries(_folder.Root), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public void Without_overwriting_the_first_writer_wins()
    {
        DurableFile.Write(_folder["a"], "one"u8, overwrite: false);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => DurableFile.Write(_folder["a"], "two"u8, overwrite: false), Throws.InstanceOf<IOException>());
            Assert.That(File.ReadAllText(_folder["a"]), Is.EqualTo("one"));
            Assert.That(Directory.GetFileSystemEntries(_folder.Root), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public void A_folder_in_the_way_leaves_nothing_behind()
    {
        Directory.CreateDirectory(_folder["a"]);

        Assert.That(async () => await DurableFile.WriteAsync(_folder["a"], "one"u8.ToArray(), CancellationToken.None), Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Assert.That(Directory.GetFiles(_folder.Root), Is.Empty);
    }

    [Test]
    public void A_folder_is_published_once()
    {
        foreach (var name in new[] { "first", "second" })
        {
            Directory.CreateDirectory(_folder[name]);
            File.WriteAllText(Path.Combine(_folder[name], "file"), name);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(DurableFolder.TryPublish(_folder["first"], _folder["place"]), Is.True);
            Assert.That(DurableFolder.TryPublish(_folder["second"], _folder["place"]), Is.False);
            Assert.That(File.ReadAllText(Path.Combine(_folder["place"], "file")), Is.EqualTo("first"));
            Assert.That(Directory.Exists(_folder["second"]), Is.True);
        }
    }

    [Test]
    [Platform("Linux")]
    public void Folders_for_the_owner_alone_are_closed_at_every_level_that_was_missing()
    {
        DurableFolder.Create(_folder["a/b/c"], ownerOnly: true);

        Assert.That(new[] { "a", "a/b", "a/b/c" }.Select(path => (int)File.GetUnixFileMode(_folder[path])), Has.All.EqualTo(0b111_000_000));
    }
}
