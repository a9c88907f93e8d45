using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Integrity;

[CancelAfter(30_000)]
public class FileVerifierTests
{
    private TemporaryFolder _folder = null!;
    private LocalFile _file = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TemporaryFolder();
        _file = TestFiles.Write(_folder.Root, "sub/weights.bin", TestFiles.Bytes(20_000));
    }

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public async Task Right_files_are_accepted_with_their_identities(CancellationToken cancellationToken)
    {
        var other = TestFiles.Write(_folder.Root, "empty.bin", []);

        var snapshot = await FileVerifier.VerifyAsync("m", [_file, other], VerifyOptions.Default, cancellationToken);

        Assert.That(snapshot.Identities.Select(static identity => identity.Size), Is.EqualTo(new[] { 20_000L, 0L }));
    }

    [Test]
    public async Task A_file_of_many_pieces_is_hashed_on_several_threads(CancellationToken cancellationToken)
    {
        TestFiles.Write(_folder.Root, "large.bin", TestFiles.Bytes(40 << 20));
        var described = await FileDescriber.DescribeAsync("m", _folder.Root, ["large.bin"], cancellationToken);
        VerifyOptions options = new() { Parallelism = 4 };

        await FileVerifier.VerifyAsync("m", LocalFile.In(_folder.Root, described), options, cancellationToken);

        Assert.That(options.Progress.Bytes, Is.EqualTo(40 << 20));
    }

    [Test]
    public void An_altered_chunk_is_named_with_what_was_expected_and_found()
    {
        TestFiles.AlterUnnoticed(_file.FullPath, offset: 5000);

        var e = Refused();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain("'m'").And.Contain("'sub/weights.bin'").And.Contain("chunk 1").And.Contain(_file.FullPath).And.Contain("Restore the file"));
            Assert.That(e.File, Is.EqualTo("sub/weights.bin"));
            Assert.That(e.Expected, Is.EqualTo(_file.File.Chunks[1].Sha256));
            Assert.That(e.Actual, Is.EqualTo(Sha256Digest.Of(File.ReadAllBytes(_file.FullPath).AsSpan(4096, 4096))));
            Assert.That(e.IsTransient, Is.False);
        }
    }

    [Test]
    public void A_truncated_file_is_refused()
    {
        using (var stream = File.OpenWrite(_file.FullPath))
        {
            stream.SetLength(15_000);
        }

        Assert.That(Refused().Message, Does.Contain("truncated: 15000 of 20000 bytes"));
    }

    [Test]
    public void A_file_with_more_bytes_is_refused()
    {
        File.AppendAllText(_file.FullPath, "more");

        Assert.That(Refused().Message, Does.Contain("20004 bytes, 4 more than"));
    }

    [Test]
    public void A_missing_file_is_refused()
    {
        File.Delete(_file.FullPath);

        Assert.That(Refused().Message, Does.Contain("is missing"));
    }

    [Test]
    public void A_symbolic_link_is_refused_even_to_the_right_bytes()
    {
        File.Move(_file.FullPath, _folder["elsewhere"]);
        File.CreateSymbolicLink(_file.FullPath, _folder["elsewhere"]);

        Assert.That(Refused().Message, Does.Contain("symbolic link"));
    }

    [Test]
    public void A_folder_that_is_a_link_is_refused()
    {
        Directory.Move(_folder["sub"], _folder["elsewhere"]);
        Directory.CreateSymbolicLink(_folder["sub"], _folder["elsewhere"]);

        Assert.That(Refused().Message, Does.Contain("lies behind").And.Contain("link"));
    }

    [Test]
    [Platform("Linux")]
    public void A_hard_link_is_refused_except_in_a_folder_of_our_own()
    {
        Shell.Require("ln", _file.FullPath, _folder["second-name"]);

        Assert.That(Refused().Message, Does.Contain("2 names (hard links)"));
        Assert.That(async () => await FileVerifier.VerifyAsync("m", [_file], new VerifyOptions { AllowHardLinks = true }, CancellationToken.None), Throws.Nothing);
    }

    [Test]
    [Platform("Linux")]
    public void A_pipe_is_refused_without_being_opened()
    {
        File.Delete(_file.FullPath);
        Shell.Require("mkfifo", _file.FullPath);

        Assert.That(Refused().Message, Does.Contain("not a regular file"));
    }

    [Test]
    public void A_cancelled_verification_ends()
    {
        Assert.That(
            async () => await FileVerifier.VerifyAsync("m", [_file], VerifyOptions.Default, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private ModelIntegrityException Refused() =>
        Assert.ThrowsAsync<ModelIntegrityException>(async () => await FileVerifier.VerifyAsync("m", [_file], VerifyOptions.Default, CancellationToken.None))!;
}
