using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

[TestFixture]
public sealed class SafePathTests
{
    [TestCase("model.onnx")]
    [TestCase("weights/part-1.bin")]
    [TestCase("a/b/c/d")]
    [TestCase("größe.onnx")]
    [TestCase("with space.txt")]
    [TestCase("console.txt")]
    public void An_ordinary_path_is_safe(string path) => Assert.That(SafePath.WhyUnsafe(path), Is.Null);

    [TestCase(null)]
    [TestCase("")]
    [TestCase("../x")]
    [TestCase("a/../../x")]
    [TestCase("./x")]
    [TestCase("/etc/passwd")]
    [TestCase("//host/share")]
    [TestCase("\\\\host\\share")]
    [TestCase("C:\\x")]
    [TestCase("C:x")]
    [TestCase("x:stream")]
    [TestCase("a//b")]
    [TestCase("a/")]
    [TestCase("a\\b")]
    [TestCase("x\0y")]
    [TestCase("x\ny")]
    [TestCase("x.")]
    [TestCase("x ")]
    [TestCase(" x")]
    [TestCase(".hidden")]
    [TestCase("a/.hidden/b")]
    [TestCase("con")]
    [TestCase("a/NUL.txt")]
    [TestCase("com1")]
    [TestCase("lpt9.onnx")]
    [TestCase("a?b")]
    [TestCase("a*b")]
    [TestCase("a|b")]
    [TestCase("\uD800")]
    public void A_path_that_leads_out_or_means_something_else_elsewhere_is_refused(string? path) =>
        Assert.That(SafePath.WhyUnsafe(path), Is.Not.Null.And.Not.Empty);

    [Test]
    public void Length_and_depth_are_bounded()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SafePath.WhyUnsafe(new string('a', 513)), Does.Contain("longer than 512"));
            Assert.That(SafePath.WhyUnsafe(string.Join('/', Enumerable.Repeat("a", 17))), Does.Contain("deeper than 16"));
        }
    }
}
