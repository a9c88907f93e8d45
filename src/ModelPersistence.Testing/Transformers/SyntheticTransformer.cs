using System.Globalization;

namespace ModelPersistence.Testing;

/// <summary>
/// A transformer encoder of any size with seeded random weights: a model that costs what a real one costs, and needs
/// no download. Inputs: <c>input_ids</c> and <c>attention_mask</c>, int64[batch, sequence]. Output: <c>logits</c>,
/// float[batch, classes].
/// </summary>
/// <remarks>Safe for any number of threads and processes.</remarks>
public static class SyntheticTransformer
{
    /// <summary>Raised when the same options give other bytes, so that cached files of an older form are made again.</summary>
    private const int Form = 1;

    /// <summary>The model as a builder, to be saved anywhere.</summary>
    /// <param name="options">The shape and the seeds.</param>
    /// <returns>A new builder; its weights are made while it is saved.</returns>
    /// <exception cref="ArgumentException">The width is not a multiple of the heads.</exception>
    public static OnnxModelBuilder Build(SyntheticTransformerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Hidden % options.Heads != 0)
        {
            throw new ArgumentException($"Hidden ({options.Hidden}) must be a multiple of Heads ({options.Heads}).", nameof(options));
        }
        var model = new OnnxModelBuilder().Metadata("synthetic", "random weights");
        return (options.ExternalData ? model.ExternalData() : model).Graph(graph => new TransformerGraph(graph, options).Build());
    }

    /// <summary>The path of the model in the cache of this user, where it is made once: 268 MB take about a second.</summary>
    /// <param name="options">The shape and the seeds.</param>
    /// <returns>The absolute path of the model. Do not write to it.</returns>
    /// <exception cref="IOException">The cache cannot be written; the variable <c>MODELPERSISTENCE_CACHE</c> moves it.</exception>
    public static string GetOrCreate(SyntheticTransformerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var seeds = options is { Seed: 1, HeadSeed: 1 }
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"-{options.Seed}-{options.HeadSeed}");
        return ModelCache.GetOrCreate(options.Name + seeds, $"form {Form}; {options}", path => Build(options).Save(path));
    }
}
