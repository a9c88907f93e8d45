using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

[TestFixture]
public sealed class Sha256DigestTests
{
    private const string OfEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Test]
    public void The_digest_of_nothing_is_the_published_one()
    {
        var digest = Sha256Digest.Of([]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(digest.Hex, Is.EqualTo(OfEmpty));
            Assert.That(digest.ToString(), Is.EqualTo("sha256:" + OfEmpty));
            Assert.That(Sha256Digest.Parse(OfEmpty), Is.EqualTo(digest));
            Assert.That(Sha256Digest.Parse("sha256:" + OfEmpty), Is.EqualTo(digest));
            Assert.That(digest == Sha256Digest.Parse(OfEmpty) && digest != default, Is.True);
        }
    }

    [Test]
    public void Raw_bytes_go_in_and_come_out_in_the_same_order()
    {
        var bytes = Enumerable.Range(0, 32).Select(static n => (byte)n).ToArray();
        var copy = new byte[32];
        new Sha256Digest(bytes).CopyTo(copy);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(copy, Is.EqualTo(bytes));
            Assert.That(new Sha256Digest(bytes).Hex, Does.StartWith("000102"));
            Assert.That(() => new Sha256Digest(bytes.AsSpan(1)), Throws.ArgumentException);
        }
    }

    [TestCase("")]
    [TestCase("sha256:")]
    [TestCase("SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [TestCase("E3B0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [TestCase("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [TestCase("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555")]
    [TestCase("g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [TestCase(" e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void What_is_no_digest_is_refused(string text)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Sha256Digest.TryParse(text, out _), Is.False);
            Assert.That(() => Sha256Digest.Parse(text), Throws.TypeOf<FormatException>());
        }
    }
}
