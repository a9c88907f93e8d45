using ModelPersistence.Integrity;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Integrity;

public class FileIdentityTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void An_identity_says_what_the_system_says()
    {
        File.WriteAllText(_folder["a"], "twelve bytes");
        var info = new FileInfo(_folder["a"]);

        var identity = FileIdentity.TryRead(_folder["a"])!.Value;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(identity.Kind, Is.EqualTo(FileKind.Regular));
            Assert.That(identity.Size, Is.EqualTo(12));
            Assert.That(identity.ModifiedNs / 100, Is.EqualTo((info.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks));
        }
    }

    [Test]
    public void Nothing_has_no_identity()
    {
        File.WriteAllText(_folder["file"], "");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(FileIdentity.TryRead(_folder["missing"]), Is.Null);
            Assert.That(FileIdentity.TryRead(Path.Combine(_folder["file"], "below")), Is.Null);
        }
    }

    [Test]
    public void A_link_is_not_followed()
    {
        File.CreateSymbolicLink(_folder["link"], _folder["nowhere"]);

        Assert.That(FileIdentity.TryRead(_folder["link"])?.Kind, Is.EqualTo(FileKind.SymbolicLink));
    }

    [Test]
    public void A_folder_is_told() => Assert.That(FileIdentity.TryRead(_folder.Root)?.Kind, Is.EqualTo(FileKind.Folder));

    [Test]
    [Platform("Linux")]
    public void A_change_with_size_and_time_put_back_still_shows()
    {
        File.WriteAllBytes(_folder["altered"], TestFiles.Bytes(9000));
        var before = FileIdentity.TryRead(_folder["altered"])!.Value;

        TestFiles.AlterUnnoticed(_folder["altered"]);

        var after = FileIdentity.TryRead(_folder["altered"])!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((after.Size, after.ModifiedNs / 100, after.Inode), Is.EqualTo((before.Size, before.ModifiedNs / 100, before.Inode)));
            Assert.That(after.ChangedNs, Is.GreaterThan(before.ChangedNs));
        }
    }

    [Test]
    [Platform("Linux")]
    public void An_open_file_has_the_identity_of_its_path()
    {
        File.WriteAllText(_folder["open"], "x");
        using var handle = File.OpenHandle(_folder["open"]);

        Assert.That(FileIdentity.Read(handle, _folder["open"]), Is.EqualTo(FileIdentity.TryRead(_folder["open"])));
    }
}
