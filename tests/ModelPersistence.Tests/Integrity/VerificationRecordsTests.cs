using ModelPersistence.Integrity;
using ModelPersistence.Models;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Integrity;

[CancelAfter(30_000)]
public class VerificationRecordsTests
{
    private static readonly Sha256Digest Subject = Sha256Digest.Of("a manifest"u8);
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(static n => (byte)n)];

    private readonly ManualTimeProvider _time = new();
    private TemporaryFolder _folder = null!;
    private LocalFile[] _files = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TemporaryFolder();
        _files =
        [
            TestFiles.Write(_folder["model"], "model.onnx", TestFiles.Bytes(9000)),
            TestFiles.Write(_folder["model"], "weights.bin", TestFiles.Bytes(9000, seed: 2)),
        ];
    }

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void A_record_stands_for_the_files_it_was_written_for()
    {
        var records = Private();
        Write(records);

        Assert.That(records.Fits(Subject, "scope", _files), Is.True);
    }

    [Test]
    public void Another_process_trusts_it_too()
    {
        Write(Private());

        Assert.That(Private().Fits(Subject, "scope", _files), Is.True);
    }

    [Test]
    public void It_stands_for_nothing_else()
    {
        var records = Private();
        Write(records);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(records.Fits(Sha256Digest.Of("another"u8), "scope", _files), Is.False);
            Assert.That(records.Fits(Subject, "elsewhere", _files), Is.False);
            Assert.That(records.Fits(Subject, "scope", [_files[0]]), Is.False);
        }
    }

    [Test]
    [Platform("Linux")]
    public void It_falls_when_a_file_is_altered_with_size_and_time_put_back()
    {
        var records = Private();
        Write(records);

        TestFiles.AlterUnnoticed(_files[1].FullPath);

        Assert.That(records.Fits(Subject, "scope", _files), Is.False);
    }

    [Test]
    [Platform("Linux")]
    public void It_falls_when_a_file_is_replaced_by_a_rename()
    {
        var records = Private();
        Write(records);
        var modified = File.GetLastWriteTimeUtc(_files[1].FullPath);
        File.WriteAllBytes(_folder["other"], TestFiles.Bytes(9000, seed: 3));
        File.SetLastWriteTimeUtc(_folder["other"], modified);
        File.Move(_folder["other"], _files[1].FullPath, overwrite: true);

        Assert.That(records.Fits(Subject, "scope", _files), Is.False);
    }

    [Test]
    public void It_falls_when_a_file_is_missing_or_a_link()
    {
        var records = Private();
        Write(records);
        File.Move(_files[1].FullPath, _folder["other"]);
        Assert.That(records.Fits(Subject, "scope", _files), Is.False);

        File.CreateSymbolicLink(_files[1].FullPath, _folder["other"]);
        Assert.That(records.Fits(Subject, "scope", _files), Is.False);
    }

    [Test]
    public void A_file_that_changed_just_before_it_was_hashed_gets_no_record_yet()
    {
        var records = Private();

        Assert.That(records.TryWrite(Subject, "scope", Snapshot()), Is.EqualTo(RecordOutcome.TooFresh));
        Assert.That(records.Fits(Subject, "scope", _files), Is.False);

        _time.Advance(VerificationRecords.FreshFor / 2);
        Assert.That(records.TryWrite(Subject, "scope", Snapshot()), Is.EqualTo(RecordOutcome.TooFresh));

        _time.Advance(VerificationRecords.FreshFor);
        Assert.That(records.TryWrite(Subject, "scope", Snapshot()), Is.EqualTo(RecordOutcome.Written));
    }

    [Test]
    public void A_file_that_changed_since_it_was_hashed_gets_none()
    {
        var records = Private();
        var snapshot = Rested(records);
        File.AppendAllText(_files[0].FullPath, "x");

        Assert.That(records.TryWrite(Subject, "scope", snapshot), Is.EqualTo(RecordOutcome.Changed));
    }

    [Test]
    [Platform("Linux")]
    public void Records_in_a_folder_that_others_can_enter_are_neither_read_nor_written()
    {
        var records = Private();
        Write(records);
        File.SetUnixFileMode(_folder["records"], (UnixFileMode)0b111_000_001);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(records.Fits(Subject, "scope", _files), Is.False);
            Assert.That(records.TryWrite(Subject, "scope", Rested(records)), Is.EqualTo(RecordOutcome.Unwritable));
        }
    }

    [Test]
    [Platform("Linux")]
    public void The_folder_of_private_records_is_its_owners_alone()
    {
        Write(Private());

        Assert.That((int)File.GetUnixFileMode(_folder["records"]), Is.EqualTo(0b111_000_000));
    }

    [TestCase("")]
    [TestCase("modelpersistence-verified 1\n")]
    [TestCase("\0\0\0\0")]
    public void A_malformed_record_is_no_record_and_no_error(string content)
    {
        var records = Private();
        Write(records);
        File.WriteAllText(Directory.GetFiles(_folder["records"]).Single(), content);

        Assert.That(records.Fits(Subject, "scope", _files), Is.False);
    }

    [Test]
    public void A_record_where_a_folder_lies_is_no_error()
    {
        var records = Private();
        Write(records);
        var path = Directory.GetFiles(_folder["records"]).Single();
        File.Delete(path);
        Directory.CreateDirectory(path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(records.Fits(Subject, "scope", _files), Is.False);
            Assert.That(records.TryWrite(Subject, "scope", Rested(records)), Is.EqualTo(RecordOutcome.Unwritable));
        }
    }

    [Test]
    public void On_a_shared_volume_a_record_of_the_same_key_is_trusted()
    {
        Write(Shared(Key));

        Assert.That(Shared(Key).Fits(Subject, "scope", _files), Is.True);
    }

    [Test]
    public void On_a_shared_volume_a_record_of_another_key_is_forged()
    {
        Write(Shared([.. Key.Reverse()]));

        Assert.That(Shared(Key).Fits(Subject, "scope", _files), Is.False);
    }

    [Test]
    public void On_a_shared_volume_a_record_for_changed_files_cannot_be_edited_to_fit()
    {
        var records = Shared(Key);
        Write(records);
        var path = Directory.GetFiles(_folder["records"]).Single();
        var old = FileIdentity.TryRead(_files[0].FullPath)!.Value;
        TestFiles.AlterUnnoticed(_files[0].FullPath);
        var now = FileIdentity.TryRead(_files[0].FullPath)!.Value;
        File.WriteAllText(path, File.ReadAllText(path)
            .Replace($"{old.ModifiedNs} {old.ChangedNs}", $"{now.ModifiedNs} {now.ChangedNs}", StringComparison.Ordinal));

        Assert.That(records.Fits(Subject, "scope", _files), Is.False);
    }

    [Test]
    public void On_a_shared_volume_without_a_key_there_are_no_records()
    {
        var records = Shared(null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(records.IsEnabled, Is.False);
            Assert.That(records.TryWrite(Subject, "scope", Rested(records)), Is.EqualTo(RecordOutcome.Unwritable));
            Assert.That(Directory.Exists(_folder["records"]), Is.False);
        }
    }

    [Test]
    public void A_record_that_cannot_be_written_is_no_error()
    {
        File.WriteAllText(_folder["records"], "a file where the folder should be");
        var records = Private();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(records.TryWrite(Subject, "scope", Rested(records)), Is.EqualTo(RecordOutcome.Unwritable));
            Assert.That(records.Fits(Subject, "scope", _files), Is.False);
        }
    }

    private VerificationRecords Private() => VerificationRecords.Private(_folder["records"], _time);

    private VerificationRecords Shared(byte[]? key) => VerificationRecords.Shared(_folder["records"], key, _time);

    private FileSnapshot Snapshot() => FileSnapshot.TryTake(_files, _time)!;

    /// <summary>A snapshot taken when the files have rested long enough. The first attempt shows the records what the file system's clock says.</summary>
    private FileSnapshot Rested(VerificationRecords records)
    {
        records.TryWrite(Subject, "scope", Snapshot());
        _time.Advance(VerificationRecords.FreshFor * 2);
        return Snapshot();
    }

    private void Write(VerificationRecords records) =>
        Assert.That(records.TryWrite(Subject, "scope", Rested(records)), Is.EqualTo(RecordOutcome.Written));
}
