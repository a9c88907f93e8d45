using Microsoft.Extensions.Logging;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>Tries the forms from the best on, until one loads, answers like the original and, for the second tier, is not slower.</summary>
internal sealed class PreparationLadder(PreparationWork work, PreparationWorkspace workspace, TimeProvider time, ILogger logger)
{
    private static readonly ArtifactForm[] Forms = [ArtifactForm.ExternalWeights, ArtifactForm.MappedOrt, ArtifactForm.Inline];

    private readonly List<Refusal> _refused = [];

    /// <summary>Climbs down until a form holds; its files are then in the workspace, the document not yet.</summary>
    public async Task<PreparedDocument> ClimbAsync(CancellationToken cancellationToken)
    {
        using var reference = ComparisonBase.Create(work.Model, work.Source, work.Settings, work.Hints, work.Samples, cancellationToken);
        NativeHeap.Trim();
        foreach (var form in Forms)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var folder = workspace.Clear();
            try
            {
                return await TryAsync(form, folder, reference, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RungRefusedException or ModelLoadException or ModelIntegrityException or InvalidDataException)
            {
                work.ThrowIfNotTheForm(e);
                _refused.Add(new Refusal(form, e.Message));
                PreparationLog.Refused(logger, form, work.Kind, work.Model, e.Message);
            }
        }

        workspace.Clear();
        return Document(ArtifactForm.Original);
    }

    private async Task<PreparedDocument> TryAsync(ArtifactForm form, string folder, ComparisonBase reference, CancellationToken cancellationToken)
    {
        FormMaker.Make(form, work.Kind, work.Source, work.Settings, folder, cancellationToken);
        var document = Describe(form, folder, cancellationToken);
        document = document with
        {
            Files = [await ArtifactWriter.DescribeAsync(folder, document.Graph!, cancellationToken).ConfigureAwait(false)],
        };
        if (document.Weights is { } weights && weights != document.Graph)
        {
            document = document with { Files = [.. document.Files, await ArtifactWriter.DescribeAsync(folder, weights, cancellationToken).ConfigureAwait(false)] };
        }

        return Compare(new PreparedArtifact(document, default, folder, TrustBasis.Hashed), reference, cancellationToken);
    }

    private PreparedDocument Describe(ArtifactForm form, string folder, CancellationToken cancellationToken)
    {
        if (form == ArtifactForm.MappedOrt)
        {
            var length = new FileInfo(Path.Combine(folder, FormMaker.OrtName)).Length;
            return Document(form) with { Graph = FormMaker.OrtName, Weights = FormMaker.OrtName, Touch = [new ByteRange(0, length)] };
        }

        var graph = Path.Combine(folder, FormMaker.GraphName);
        var facts = OnnxModelReader.Read(work.Model, graph, wantsUses: true);
        if (work.Kind == ArtifactKind.Portable && facts.Operators.FirstOrDefault(static name => name.StartsWith("com.microsoft.nchwc::", StringComparison.Ordinal)) is { } foreign)
        {
            throw new RungRefusedException($"its graph holds the operator {foreign}, which is laid out for this processor only");
        }

        var weights = Path.Combine(folder, FormMaker.WeightsName);
        if (form != ArtifactForm.ExternalWeights)
        {
            return facts.ExternalTensors.Count == 0 ? Document(form) with { Graph = FormMaker.GraphName } : throw new RungRefusedException("its graph still refers to other files");
        }

        if (facts.ExternalTensors.Count == 0 || !File.Exists(weights))
        {
            throw new RungRefusedException("no constant is large enough to be mapped");
        }

        var layout = ArtifactLayout.Of(facts, FormMaker.WeightsName, new FileInfo(weights).Length);
        if (layout.NeedsRewrite)
        {
            WeightsRewriter.Rewrite(folder, FormMaker.GraphName, FormMaker.WeightsName, facts, cancellationToken);
            facts = OnnxModelReader.Read(work.Model, graph, wantsUses: true);
            layout = ArtifactLayout.Of(facts, FormMaker.WeightsName, new FileInfo(weights).Length);
        }

        return Document(form) with
        {
            Graph = FormMaker.GraphName,
            Weights = FormMaker.WeightsName,
            Initializers = layout.Initializers,
            Packed = layout.Packed,
            Touch = layout.Touch,
        };
    }

    private PreparedDocument Compare(PreparedArtifact artifact, ComparisonBase reference, CancellationToken cancellationToken)
    {
        // Opened as it will be served, with what a later start does to it.
        var packing = work.Kind == ArtifactKind.Portable ? Packing.None : Packing.Kernel;
        using var prepared = SessionOpener.Open(work.Model, artifact, work.Settings, packing, spin: false);
        if (reference.WhyUnequal(work.Model, prepared.Session) is { } difference)
        {
            throw new RungRefusedException($"it does not answer like the original: {difference}");
        }

        if (work.Kind == ArtifactKind.Portable)
        {
            return artifact.Document;
        }

        using var original = SessionOpener.OpenOriginal(work.Model, work.Source, work.Settings, spin: false);
        var (slower, originalMs, preparedMs) = new LatencyComparison(time).Measure(work.Model, original.Session, prepared.Session, reference.FirstInputs, cancellationToken);
        return slower
            ? throw new RungRefusedException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it is slower than the original: {preparedMs:0.###} ms instead of {originalMs:0.###} ms"))
            : artifact.Document with { OriginalMs = originalMs, PreparedMs = preparedMs };
    }

    private PreparedDocument Document(ArtifactForm form) => new()
    {
        Model = work.Model,
        Kind = work.Kind,
        Form = form,
        Key = work.Key.Text,
        Created = time.GetUtcNow(),
        Refused = [.. _refused],
    };
}
