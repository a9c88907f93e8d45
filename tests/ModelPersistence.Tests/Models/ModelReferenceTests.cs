using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

[TestFixture]
public sealed class ModelReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [TestCase("sentiment", "sentiment", "latest")]
    [TestCase("sentiment:stable", "sentiment", "stable")]
    [TestCase("sentiment:1.2.0", "sentiment", "1.2.0")]
    [TestCase("sentiment:2.0.0-rc.1", "sentiment", "2.0.0-rc.1")]
    [TestCase("sentiment:1.*", "sentiment", "1.*")]
    [TestCase("sentiment:1.2.*", "sentiment", "1.2.*")]
    [TestCase("a.b_c-9", "a.b_c-9", "latest")]
    public void A_reference_names_a_model_and_a_selector(string text, string name, string selector)
    {
        var reference = ModelReference.Parse(text);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reference.Name, Is.EqualTo(name));
            Assert.That(reference.Selector, Is.EqualTo(selector));
            Assert.That(reference.Digest, Is.Null);
            Assert.That(reference.ToString(), Is.EqualTo($"{name}:{selector}"));
        }
    }

    [Test]
    public void A_digest_pins_a_reference()
    {
        var reference = ModelReference.Parse($"pat:1.0.0@sha256:{Hex}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reference.Digest?.Hex, Is.EqualTo(Hex));
            Assert.That(reference.ToString(), Is.EqualTo($"pat:1.0.0@sha256:{Hex}"));
            Assert.That(ModelReference.Parse($"pat@sha256:{Hex}").Selector, Is.EqualTo("latest"));
        }
    }

    [TestCase("")]
    [TestCase(":1.0.0")]
    [TestCase("Upper")]
    [TestCase("../up")]
    [TestCase("a/b")]
    [TestCase("a\\b")]
    [TestCase("a b")]
    [TestCase(".hidden")]
    [TestCase("dot.")]
    [TestCase("con")]
    [TestCase("nul.txt")]
    [TestCase("a:")]
    [TestCase("a:b:c")]
    [TestCase("a:1")]
    [TestCase("a:1.2")]
    [TestCase("a:1.2.3.4")]
    [TestCase("a:1.2.3+meta")]
    [TestCase("a:01.2.3")]
    [TestCase("a:*")]
    [TestCase("a:1.0.0-*")]
    [TestCase("a:[1.0,2.0)")]
    [TestCase("a:1.*.*")]
    [TestCase("a:01.*")]
    [TestCase("a:1.2.3.*")]
    [TestCase("a:Stable")]
    [TestCase("a@")]
    [TestCase("a@" + Hex)]
    [TestCase("a@sha256:123")]
    [TestCase("a@sha256:" + "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")]
    [TestCase("a@sha512:" + Hex)]
    [TestCase("a@sha256:" + Hex + "@sha256:" + Hex)]
    [TestCase("a\0")]
    [TestCase("ä")]
    public void What_is_no_reference_is_refused(string text)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ModelReference.Parse(text), Throws.TypeOf<FormatException>());
            Assert.That(ModelReference.TryParse(text, out _), Is.False);
        }
    }

    [Test]
    public void The_message_says_which_part_is_wrong()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ModelReference.Parse("a:1.2"), Throws.TypeOf<FormatException>().With.Message.Contains("'1.2' is no version (1.2.0), alias (stable) or range"));
            Assert.That(() => ModelReference.Parse("A:stable"), Throws.TypeOf<FormatException>().With.Message.Contains("'A' is not a valid name"));
            Assert.That(() => ModelReference.Parse("a@md5:1"), Throws.TypeOf<FormatException>().With.Message.Contains("after '@' comes 'sha256:'"));
        }
    }

    [Test]
    public void Names_are_bounded()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ModelReference.TryParse(new string('a', 128), out _), Is.True);
            Assert.That(ModelReference.TryParse(new string('a', 129), out _), Is.False);
            Assert.That(ModelReference.TryParse(new string('a', 1_000_000), out _), Is.False);
            Assert.That(ModelReference.TryParse("a:" + new string('1', 1_000_000), out _), Is.False);
            Assert.That(ModelReference.TryParse(null, out _), Is.False);
        }
    }

    [Test]
    public void References_are_equal_when_their_canonical_text_is()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ModelReference.Parse("a"), Is.EqualTo(ModelReference.Parse("a:latest")));
            Assert.That(ModelReference.Parse("a").GetHashCode(), Is.EqualTo(ModelReference.Parse("a:latest").GetHashCode()));
            Assert.That(ModelReference.Parse("a:1.0.0"), Is.Not.EqualTo(ModelReference.Parse("a:1.0.1")));
            Assert.That(ModelReference.For("a", ModelVersion.Parse("1.0.0")), Is.EqualTo(ModelReference.Parse("a:1.0.0")));
        }
    }
}
