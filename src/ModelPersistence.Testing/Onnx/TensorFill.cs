namespace ModelPersistence.Testing;

/// <summary>
/// Writes one piece of a tensor's raw data. Called once for every piece, in order, each time the model is written,
/// so that a tensor of gigabytes never sits in memory.
/// </summary>
/// <param name="destination">Where the bytes go: all of them must be written. Elements are little-endian, row-major.</param>
/// <param name="offset">Where this piece begins, in bytes from the start of the tensor; a multiple of 1 MiB.</param>
/// <remarks>The same offset must give the same bytes on every call: a model may be written more than once.</remarks>
public delegate void TensorFill(Span<byte> destination, long offset);
