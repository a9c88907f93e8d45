using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Sessions;

internal sealed class StartHintTests
{
    private TemporaryFolder _folder = null!;

    private string HintPath => StartHint.PathOf(_folder.Root, ModelReference.Parse("m"));

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task What_was_written_is_read()
    {
        await new StartHint(_folder["weights.bin"], [new ByteRange(0, 10), new ByteRange(64, 20)]).WriteAsync(HintPath, CancellationToken.None);
        var hint = StartHint.TryRead(HintPath)!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(hint.WeightsPath, Is.EqualTo(_folder["weights.bin"]));
            Assert.That(hint.Ranges, Is.EqualTo(new[] { new ByteRange(0, 10), new ByteRange(64, 20) }));
        }
    }

    // What a power loss can leave of a file, and what nobody wrote.
    [TestCase("")]
    [TestCase("\n")]
    [TestCase("\0\0\0\0\0\0\0\0")]
    [TestCase("/cache/wei\0ghts.bin\n0 10")]
    [TestCase("weights.bin\n0 10")]
    [TestCase("/cache/weights.bin\n0")]
    [TestCase("/cache/weights.bin\n0 -10")]
    public void Anything_else_is_no_hint(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(HintPath)!);
        File.WriteAllText(HintPath, content);
        Assert.That(StartHint.TryRead(HintPath), Is.Null);
    }

    [Test]
    public void An_absurdly_large_hint_is_none()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(HintPath)!);
        File.WriteAllText(HintPath, "/cache/weights.bin\n" + new string(' ', 2 << 20));
        Assert.That(StartHint.TryRead(HintPath), Is.Null);
    }
}
