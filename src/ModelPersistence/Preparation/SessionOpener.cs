using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Store;

namespace ModelPersistence.Preparation;

/// <summary>Opens a session on a model's own file or on a prepared artifact, with the settings each form needs.</summary>
internal static class SessionOpener
{
    /// <summary>The model's own file, optimized by the runtime while it opens; see <see cref="OriginalCheck"/> for what must be checked before.</summary>
    /// <exception cref="ModelLoadException">The runtime refuses it.</exception>
    /// <param name="model">The model's name, for messages.</param>
    /// <param name="path">The ONNX file.</param>
    /// <param name="settings">The session settings.</param>
    /// <param name="spin">Whether idle threads spin; right only where this session has the machine to itself.</param>
    /// <param name="use">The mark on the version's folder, if there is one; the session gets a share, since the runtime may map the files.</param>
    public static OpenedSession OpenOriginal(string model, string path, SessionSettings settings, bool spin, UseMark? use = null) =>
        ProviderFallback.Open(settings, working =>
        {
            using var options = CreateOptions(model, working, spin);
            var session = Create(model, path, options, "Check that the model is valid for this runtime and its execution providers");
            return use is null ? new OpenedSession(session) { Settings = working } : new OpenedSession(session, use.Share()) { Settings = working };
        });

    /// <summary>A prepared artifact, whose bytes are trusted already.</summary>
    /// <param name="model">The model's name, for messages.</param>
    /// <param name="artifact">Any but <see cref="ArtifactForm.Original"/>.</param>
    /// <param name="settings">The settings the artifact was prepared with.</param>
    /// <param name="packing">What the kernels do with the weights.</param>
    /// <param name="spin">Whether idle threads spin; right only where this session has the machine to itself.</param>
    /// <param name="weights">The mapping of the artifact's weights where there is one already; owned by this call from here on.</param>
    /// <exception cref="ModelIntegrityException">The artifact contradicts itself.</exception>
    /// <exception cref="ModelLoadException">The runtime refuses it.</exception>
    public static OpenedSession Open(
        string model, PreparedArtifact artifact, SessionSettings settings, Packing packing, bool spin, MappedFile? weights = null)
    {
        // Disposal goes from first to last: the mark ends after every mapping.
        List<IDisposable> foundations = weights is null ? [artifact.Use.Share()] : [weights, artifact.Use.Share()];
        try
        {
            if (artifact.Form == ArtifactForm.ExternalWeights)
            {
                ArtifactRanges.Check(model, artifact);
                if (packing == Packing.None && weights is null)
                {
                    weights = MappedFile.Open(artifact.WeightsPath!);
                    foundations.Insert(0, weights);
                }
            }

            return ProviderFallback.Open(settings, working => Open(model, artifact, working, packing, spin, packing == Packing.None ? weights : null, foundations));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Release(foundations);
            throw Refuse(model, artifact.GraphPath, e, $"Delete the folder '{artifact.Folder}' to have it prepared again");
        }
        catch
        {
            Release(foundations);
            throw;
        }
    }

    private static OpenedSession Open(
        string model, PreparedArtifact artifact, SessionSettings settings, Packing packing, bool spin, MappedFile? weights, List<IDisposable> foundations)
    {
        using var options = CreateOptions(model, settings, spin);
        Configure(options, artifact, packing);
        OrtValues values = new(artifact.Initializers.Length);
        try
        {
            if (weights is not null && artifact.Form == ArtifactForm.ExternalWeights)
            {
                AddInitializers(model, artifact, options, weights, values);
            }

            // Disposal goes from first to last: the values before the memory they stand on.
            var session = Create(model, artifact.GraphPath, options, $"Delete the folder '{artifact.Folder}' to have it prepared again");
            return new OpenedSession(session, [values, .. foundations]) { Settings = settings };
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    private static SessionOptions CreateOptions(string model, SessionSettings settings, bool spin)
    {
        SessionOptions options;
        try
        {
            options = settings.CreateOptions(GraphOptimizationLevel.ORT_ENABLE_ALL);
        }
        catch (Exception e)
        {
            // Any exception, since the user's own code is called too.
            throw new ModelLoadException(LoadPhase.Load,
                $"The session options of model '{model}' are refused by the runtime: {e.Message.TrimEnd('.', ' ')}. "
                + $"Check ExecutionProviders ({string.Join(", ", settings.ExecutionProviders)}) and SessionConfig of its entry under ModelManagement:Models, and the code given to ConfigureSession.", e)
            { Model = model };
        }

        if (!spin)
        {
            // What the user's own SessionConfig says about spinning stands.
            foreach (var key in (ReadOnlySpan<string>)["session.intra_op.allow_spinning", "session.inter_op.allow_spinning"])
            {
                if (settings.SessionConfig.All(pair => pair.Key != key))
                {
                    options.AddSessionConfigEntry(key, "0");
                }
            }
        }

        return options;
    }

    private static void Configure(SessionOptions options, PreparedArtifact artifact, Packing packing)
    {
        // Optimizing was the preparation's work. Only a portable graph that packs in memory still lacks what depends on the processor.
        options.GraphOptimizationLevel = packing == Packing.Kernel && artifact.Kind == ArtifactKind.Portable && artifact.Form != ArtifactForm.MappedOrt
            ? GraphOptimizationLevel.ORT_ENABLE_ALL
            : GraphOptimizationLevel.ORT_DISABLE_ALL;
        if (packing == Packing.None)
        {
            // Soonest ready and gone soon: an arena would only take memory that the next session has to take again.
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
            options.EnableCpuMemArena = false;
        }
        else
        {
            // Packing scratches in buffers as large as the weights, which an arena would keep for good.
            options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
        }

        switch (artifact.Form)
        {
            case ArtifactForm.MappedOrt:
                options.AddSessionConfigEntry("session.use_memory_mapped_ort_model", "1");
                options.AddSessionConfigEntry("session.use_ort_model_bytes_for_initializers", "1");
                break;
            case ArtifactForm.Original:
                throw new ArgumentException("The original has nothing prepared to open: use OpenOriginal.", nameof(artifact));
            default:
                break;
        }
    }

    private static void AddInitializers(string model, PreparedArtifact artifact, SessionOptions options, MappedFile weights, OrtValues values)
    {
        if (weights.Length != artifact.WeightsLength)
        {
            throw ArtifactRanges.Refuse(model, artifact, $"its weights have {weights.Length} bytes, {artifact.WeightsLength} are expected");
        }

        foreach (var tensor in artifact.Initializers)
        {
            // Types without a managed counterpart are left to the runtime, which maps the same file by itself.
            var type = (TensorElementType)tensor.Type;
            if (ElementTypes.SizeOf(type) == 0)
            {
                continue;
            }

            var value = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, type, tensor.Shape, weights.Address + (nint)tensor.Range.Offset, tensor.Range.Length);
            values.Add(value);
            options.AddInitializer(tensor.Name, value);
        }
    }

    private static InferenceSession Create(string model, string path, SessionOptions options, string remedy)
    {
        try
        {
            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw Refuse(model, path, e, remedy);
        }
    }

    private static ModelLoadException Refuse(string model, string path, Exception cause, string remedy) =>
        new(LoadPhase.Load, $"The runtime cannot open '{path}' of model '{model}': {cause.Message.TrimEnd('.', ' ')}. {remedy}.", cause) { Model = model };

    private sealed class OrtValues(int capacity) : List<OrtValue>(capacity), IDisposable
    {
        public void Dispose() => ForEach(static value => value.Dispose());
    }

    private static void Release(List<IDisposable> foundations)
    {
        foreach (var foundation in foundations)
        {
            foundation.Dispose();
        }
    }
}
