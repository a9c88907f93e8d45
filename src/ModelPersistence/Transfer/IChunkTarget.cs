namespace ModelPersistence.Transfer;

/// <summary>Where the chunks of one file go. Used by one stream at a time.</summary>
internal interface IChunkTarget
{
    /// <summary>Whether a chunk is still wanted.</summary>
    bool Needs(int chunk);

    /// <summary>Where the bytes of a chunk are read to, all of them; valid until the next call.</summary>
    Memory<byte> Place(int chunk);

    /// <summary>Takes a chunk whose bytes lie in its place and have the right hash.</summary>
    void Accept(int chunk);
}
