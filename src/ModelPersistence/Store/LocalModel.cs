using ModelPersistence.Repositories;

namespace ModelPersistence.Store;

/// <summary>A version whose bytes lie on this host, ready to be mapped.</summary>
/// <param name="Model">What was resolved.</param>
/// <param name="EntryPath">The full path of the ONNX file.</param>
/// <param name="Trust">Why the bytes may be mapped.</param>
internal sealed record LocalModel(ResolvedModel Model, string EntryPath, TrustBasis Trust)
{
    /// <summary>That of the <see cref="StoredModel"/>: the same one, given up together with it.</summary>
    public UseMark Use { get; init; } = UseMark.None;
}

/// <summary>Why bytes may be mapped.</summary>
internal enum TrustBasis
{
    /// <summary>Hashed by this process just now.</summary>
    Hashed,

    /// <summary>Hashed before; the verification record still fits the files.</summary>
    Record,

    /// <summary>Served first, hashed behind the start.</summary>
    Deferred,

    /// <summary>There is nothing to compare with, or verification is off.</summary>
    Unverified,
}
