namespace ModelPersistence.Transfer;

/// <summary>One file of a transfer.</summary>
internal interface IFileTransfer
{
    /// <summary>Makes the file ready for its chunks and says in which runs they are to be brought; none when nothing is left to do. Called once.</summary>
    IReadOnlyList<ChunkRun> Open(CancellationToken cancellationToken);

    /// <summary>Brings the chunks of a run. Called side by side for different runs.</summary>
    Task TransferAsync(ChunkRun run, StreamBuffer buffer, CancellationToken cancellationToken);
}
