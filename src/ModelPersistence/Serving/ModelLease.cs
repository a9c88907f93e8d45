using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;
using ModelPersistence.Runtime;
using ModelPersistence.Sessions;

namespace ModelPersistence.Serving;

/// <summary>
/// The right to use a model's session until it is disposed. While a lease is held its session stays alive, whatever is swapped in
/// meanwhile. Take one for a request or a batch and dispose it; a lease held for long is logged.
/// </summary>
/// <remarks>Safe for concurrent use, as the session is. <see cref="Dispose"/> is idempotent.</remarks>
public sealed class ModelLease : IDisposable
{
    private readonly int _cohort;
    private ModelSlot? _slot;

    internal ModelLease(ModelSlot slot)
    {
        _slot = slot;
        _cohort = slot.Model.Leases.Take();
    }

    /// <summary>The runtime's session. Owned by the lease: disposing it oneself is undefined behaviour for everybody who shares it.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public InferenceSession Session => Slot.Opened.Session;

    /// <summary>The model's name.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public string Name => Slot.Model.Name;

    /// <summary>The version that is served; 0.0.0 for a file without a repository.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public ModelVersion Version => Slot.Model.Version;

    /// <summary>The manifest's digest; null for a model without a manifest that has not been hashed yet.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public Sha256Digest? Digest => Slot.Model.Digest;

    /// <summary>Which kind of session this lease holds.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public SessionTier Tier => Slot.Tier;

    private ModelSlot Slot => Volatile.Read(ref _slot) ?? throw new ObjectDisposedException(nameof(ModelLease), "The lease was disposed. Get a new one from IModelProvider.GetAsync.");

    /// <summary>Runs the model on managed arrays and returns all its outputs.</summary>
    /// <param name="inputs">
    /// For each input its name, its elements in row-major order, and its shape (empty for a scalar). The element types are those of the
    /// runtime: float, double, the integers, bool, string, Float16, BFloat16. The arrays are used in place, not copied (strings are).
    /// </param>
    /// <returns>The outputs; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">An array's type is not supported, or a shape does not fit its array.</exception>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    /// <exception cref="OnnxRuntimeException">The runtime refused the inputs or failed.</exception>
    public ModelOutputs Run(params ReadOnlySpan<(string Name, Array Data, long[] Shape)> inputs)
    {
        var names = new string[inputs.Length];
        var values = new OrtValue[inputs.Length];
        var outputs = default(ModelOutputs);
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                names[i] = inputs[i].Name;
                values[i] = TensorFactory.Create(inputs[i].Name, inputs[i].Data, inputs[i].Shape);
            }

            return outputs = Run(names, values);
        }
        finally
        {
            // Where an input of the model is also an output, the runtime gives back the input's own memory.
            if (outputs is null || !outputs.TryOwn(names, values))
            {
                foreach (var value in values)
                {
                    value?.Dispose();
                }
            }
        }
    }

    /// <summary>Runs the model on runtime values by name.</summary>
    /// <param name="inputs">The inputs; they stay the caller's.</param>
    /// <param name="outputNames">The outputs to compute; null for all.</param>
    /// <param name="options">The runtime's options for this run, if any.</param>
    /// <returns>The outputs; the caller disposes them.</returns>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    /// <exception cref="OnnxRuntimeException">The runtime refused the inputs or failed.</exception>
    public ModelOutputs Run(IReadOnlyDictionary<string, OrtValue> inputs, IReadOnlyCollection<string>? outputNames = null, RunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Run([.. inputs.Keys], [.. inputs.Values], outputNames, options);
    }

    /// <summary>Runs the model on runtime values in the order of their names.</summary>
    /// <param name="inputNames">The inputs' names.</param>
    /// <param name="inputs">The inputs, one for each name; they stay the caller's.</param>
    /// <param name="outputNames">The outputs to compute; null for all.</param>
    /// <param name="options">The runtime's options for this run, if any.</param>
    /// <returns>The outputs; the caller disposes them.</returns>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    /// <exception cref="OnnxRuntimeException">The runtime refused the inputs or failed.</exception>
    public ModelOutputs Run(
        IReadOnlyCollection<string> inputNames,
        IReadOnlyCollection<OrtValue> inputs,
        IReadOnlyCollection<string>? outputNames = null,
        RunOptions? options = null)
    {
        // The run holds a count of its own, so that disposing the lease on another thread cannot pull the session from under it.
        var slot = Slot;
        ObjectDisposedException.ThrowIf(!slot.TryAcquire(), this);
        try
        {
            return Run(slot, inputNames, inputs, outputNames ?? slot.Opened.Session.OutputNames, options);
        }
        finally
        {
            slot.Release();
        }
    }

    /// <summary>
    /// Reports a run that was made on <see cref="Session"/> itself, so that it counts in the version's figures and for its rollback as
    /// those of <c>Run</c> do.
    /// </summary>
    /// <param name="elapsed">How long the run took.</param>
    /// <param name="failure">What it failed with; null where it gave outputs.</param>
    /// <exception cref="ObjectDisposedException">The lease was disposed.</exception>
    public void Report(TimeSpan elapsed, Exception? failure = null) =>
        Slot.Model.RunEnded(elapsed, failure is null ? RunOutcome.Succeeded : RunOutcomes.Of(failure));

    /// <summary>Gives the session back. Further calls do nothing.</summary>
    public void Dispose()
    {
        var slot = Interlocked.Exchange(ref _slot, null);
        if (slot is null)
        {
            return;
        }

        slot.Model.LeaseEnded(_cohort);
        slot.Release();
        slot.Model.LeaseReturned();
    }

    private static ModelOutputs Run(
        ModelSlot slot, IReadOnlyCollection<string> inputNames, IReadOnlyCollection<OrtValue> inputs, IReadOnlyCollection<string> outputNames, RunOptions? options)
    {
        var begun = slot.Model.BeginRun();
        ModelOutputs outputs;
        try
        {
            outputs = new ModelOutputs(outputNames, Run(slot.Opened.Session, inputNames, inputs, outputNames, options));
        }
        catch (Exception e)
        {
            slot.Model.RunEnded(begun, RunOutcomes.Of(e));
            throw;
        }

        try
        {
            slot.Model.RunEnded(begun, RunOutcome.Succeeded);
            return outputs;
        }
        catch
        {
            // Somebody who listens threw. The run was counted, and its outputs have no owner but this.
            outputs.Dispose();
            throw;
        }
    }

    private static IDisposableReadOnlyCollection<OrtValue> Run(
        InferenceSession session, IReadOnlyCollection<string> inputNames, IReadOnlyCollection<OrtValue> inputs, IReadOnlyCollection<string> outputNames, RunOptions? options)
    {
        if (options is not null)
        {
            return session.Run(options, inputNames, inputs, outputNames);
        }

        using var defaults = new RunOptions();
        return session.Run(defaults, inputNames, inputs, outputNames);
    }
}
