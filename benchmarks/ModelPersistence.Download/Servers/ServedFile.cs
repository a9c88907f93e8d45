namespace ModelPersistence.Download.Servers;

/// <param name="Content">All its bytes.</param>
/// <param name="Tag">Its entity tag, quoted.</param>
/// <param name="Modified">When it was changed, UTC.</param>
internal sealed record ServedFile(byte[] Content, string Tag, DateTime Modified);
