using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Integrity;

[CancelAfter(30_000)]
public class FileDescriberTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public async Task A_description_tiles_the_file_and_holds_for_it(CancellationToken cancellationToken)
    {
        var content = TestFiles.Bytes(21 << 20);
        TestFiles.Write(_folder.Root, "big/model.onnx", content);

        var file = (await FileDescriber.DescribeAsync("m", _folder.Root, ["big/model.onnx"], cancellationToken)).Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Path, Is.EqualTo("big/model.onnx"));
            Assert.That(file.Size, Is.EqualTo(content.Length));
            Assert.That(file.Sha256, Is.EqualTo(Sha256Digest.Of(content)));
            Assert.That(file.Chunks.Sum(static chunk => (long)chunk.Length), Is.EqualTo(content.Length));
        }

        await FileVerifier.VerifyAsync("m", LocalFile.In(_folder.Root, [file]), VerifyOptions.Default, cancellationToken);
    }

    [Test]
    public async Task The_cuts_do_not_depend_on_how_the_file_was_read(CancellationToken cancellationToken)
    {
        var content = TestFiles.Bytes(21 << 20);
        TestFiles.Write(_folder.Root, "cuts.bin", content);
        var file = (await FileDescriber.DescribeAsync("m", _folder.Root, ["cuts.bin"], cancellationToken)).Single();

        var offset = 0;
        foreach (var chunk in file.Chunks)
        {
            Assert.That(chunk.Length, Is.EqualTo(ContentChunker.NextLength(content.AsSpan(offset))));
            offset += chunk.Length;
        }
    }

    [Test]
    public async Task Several_files_are_described_in_the_order_asked(CancellationToken cancellationToken)
    {
        string[] paths = ["a.bin", "b.bin", "empty.bin"];
        TestFiles.Write(_folder.Root, paths[0], TestFiles.Bytes(10));
        TestFiles.Write(_folder.Root, paths[1], TestFiles.Bytes(20));
        TestFiles.Write(_folder.Root, paths[2], []);

        var files = await FileDescriber.DescribeAsync("m", _folder.Root, paths, cancellationToken);

        Assert.That(files.Select(static file => (file.Path, file.Size, file.Chunks.Count)), Is.EqualTo(new[] { ("a.bin", 10L, 1), ("b.bin", 20L, 1), ("empty.bin", 0L, 0) }));
    }

    [Test]
    public void A_link_is_not_described()
    {
        TestFiles.Write(_folder.Root, "target.bin", TestFiles.Bytes(10));
        File.CreateSymbolicLink(_folder["link.bin"], _folder["target.bin"]);

        Assert.That(
            async () => await FileDescriber.DescribeAsync("m", _folder.Root, ["link.bin"], CancellationToken.None),
            Throws.TypeOf<ModelIntegrityException>().With.Message.Contains("'link.bin'").And.Message.Contains("symbolic link"));
    }
}
