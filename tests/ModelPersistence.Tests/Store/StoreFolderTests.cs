using ModelPersistence.Store;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Store;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StoreFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    [Platform("Linux")]
    public void A_cache_that_is_created_is_its_owners_alone()
    {
        var cache = Cache("a/b");

        Assert.That(cache.WhyNotWritable(), Is.Null);
        Assert.That((int)File.GetUnixFileMode(_folder["a/b"]), Is.EqualTo(0b111_000_000));
    }

    [Test]
    public void A_cache_that_cannot_be_says_why_and_is_asked_again_later()
    {
        File.WriteAllText(_folder["a"], "");
        var cache = Cache("a");
        Assert.That(cache.WhyNotWritable(), Does.Contain(_folder["a"]));

        File.Delete(_folder["a"]);
        Assert.That(cache.WhyNotWritable(), Is.Not.Null);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(cache.WhyNotWritable(), Is.Null);
    }

    [Test]
    public void A_probe_leaves_nothing_behind()
    {
        Cache("a").WhyNotWritable();

        Assert.That(Directory.GetFiles(_folder["a"], "*", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public void Free_space_is_told_before_the_folder_exists() => Assert.That(Cache("not/yet").FreeBytes(), Is.GreaterThan(0));

    [Test]
    public void A_local_disk_is_no_network_volume() => Assert.That(Cache("a").IsNetwork, Is.False);

    [TestCase("nfs", ExpectedResult = true)]
    [TestCase("nfs4", ExpectedResult = true)]
    [TestCase("cifs", ExpectedResult = true)]
    [TestCase("smb3", ExpectedResult = true)]
    [TestCase("fuse.sshfs", ExpectedResult = true)]
    [TestCase("fuse", ExpectedResult = true)]
    [TestCase("fuseblk", ExpectedResult = false)]
    [TestCase("ext4", ExpectedResult = false)]
    [TestCase("xfs", ExpectedResult = false)]
    [TestCase("overlay", ExpectedResult = false)]
    [TestCase("tmpfs", ExpectedResult = false)]
    public bool Network_file_systems_are_known_by_name(string format) => NetworkFileSystems.IsNetworkFormat(format);

    private StoreFolder Cache(string relative) => new(_folder[relative], "cache", _time, StoreFolderKind.Cache);
}
