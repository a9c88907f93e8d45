using System.Globalization;

namespace ModelPersistence.Testing;

/// <summary>
/// The shape of a synthetic transformer encoder and the seeds of its weights. All counts are of elements.
/// </summary>
/// <remarks>Immutable, hence safe for any number of threads. Equal options give the same bytes on every machine.</remarks>
public sealed record SyntheticTransformerOptions
{
    /// <summary>About 2 MB: for unit tests.</summary>
    public static SyntheticTransformerOptions Size2MB { get; } =
        new()
        {
            Name = "synthetic-2mb",
            Layers = 2,
            Hidden = 96,
            Heads = 4,
            FeedForward = 384,
            Vocabulary = 2500,
            MaxPositions = 128,
        };

    /// <summary>About 21 MB: a small real model's size.</summary>
    public static SyntheticTransformerOptions Size21MB { get; } =
        new()
        {
            Name = "synthetic-21mb",
            Layers = 4,
            Hidden = 256,
            Heads = 4,
            FeedForward = 1024,
            Vocabulary = 8000,
            MaxPositions = 256,
        };

    /// <summary>About 268 MB: the shape of DistilBERT, the 67 million parameters the library's figures are measured with.</summary>
    public static SyntheticTransformerOptions Size268MB { get; } = new() { Name = "synthetic-268mb" };

    /// <summary>About 1 GB: the width of BERT-large with 17 layers.</summary>
    public static SyntheticTransformerOptions Size1GB { get; } =
        new()
        {
            Name = "synthetic-1gb",
            Layers = 17,
            Hidden = 1024,
            Heads = 16,
            FeedForward = 4096,
        };

    /// <summary>The model's name; in the cache its file is called so, seeds other than 1 added.</summary>
    public string Name { get; init; } = "synthetic";

    /// <summary>Encoder layers.</summary>
    public int Layers { get; init; } = 6;

    /// <summary>The width of the hidden state; a multiple of <see cref="Heads"/>.</summary>
    public int Hidden { get; init; } = 768;

    /// <summary>Attention heads of a layer.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>The width of the feed-forward block.</summary>
    public int FeedForward { get; init; } = 3072;

    /// <summary>Token ids known: <c>input_ids</c> must be below.</summary>
    public int Vocabulary { get; init; } = 30522;

    /// <summary>The longest sequence, in tokens.</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>Classes: the last dimension of <c>logits</c>.</summary>
    public int Classes { get; init; } = 2;

    /// <summary>The seed of the encoder's weights.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// The seed of the head's weights: models that differ here alone share all but their last bytes, as fine-tuned versions do.
    /// </summary>
    public ulong HeadSeed { get; init; } = 1;

    /// <summary>Keeps the weights in a file beside the model; needed from 2 GiB on.</summary>
    public bool ExternalData { get; init; }

    /// <summary>The number of weights, exactly.</summary>
    public long Parameters
    {
        get
        {
            long hidden = Hidden;
            var layer = (4 * ((hidden * hidden) + hidden)) + (2 * hidden * FeedForward) + FeedForward + hidden + (4 * hidden);
            var embeddings = (hidden * (Vocabulary + MaxPositions)) + (2 * hidden);
            return embeddings + (Layers * layer) + (hidden * hidden) + hidden + (Classes * (hidden + 1));
        }
    }

    /// <summary>A model of about the given size: width, depth and vocabulary are chosen as real encoders of that size have them.</summary>
    /// <param name="megabytes">The size in units of 1,000,000 bytes, from 1.</param>
    /// <returns>Options whose model is within a few percent; from 2000 MB on with external data.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="megabytes"/> is less than 1.</exception>
    public static SyntheticTransformerOptions ForMegabytes(int megabytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(megabytes, 1);
        var shape = megabytes switch
        {
            < 10 => Size2MB with { Layers = 1 },
            < 120 => Size21MB with { Layers = 1 },
            < 700 => Size268MB with { Layers = 1 },
            _ => Size1GB with { Layers = 1 },
        };
        var layer = (shape with { Layers = 2 }).Parameters - shape.Parameters;
        var target = megabytes * 250_000L;
        var layers = (int)Math.Max(1, 1 + ((target - shape.Parameters) / layer));
        var deep = shape with { Layers = layers };
        var vocabulary = deep.Vocabulary + ((target - deep.Parameters) / deep.Hidden);
        return deep with
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"synthetic-{megabytes}mb"),
            Vocabulary = (int)Math.Max(100, vocabulary),
            ExternalData = megabytes >= 2000,
        };
    }
}
