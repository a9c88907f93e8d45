using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>
/// The runtime's environment, of which a process has one. Creating it takes tens of milliseconds, so it begins on a thread of its own
/// as early as possible. An environment that exists already is used as it is, and none is ever disposed.
/// </summary>
internal sealed class RuntimeEnvironment(bool telemetry = false, Func<EnvironmentCreationOptions>? configure = null)
{
    private readonly TaskCompletionSource _created = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _begun;

    /// <summary>Completes when sessions can be created.</summary>
    /// <exception cref="ModelLoadException">The environment could not be created; it is not tried again.</exception>
    public Task Created
    {
        get
        {
            Begin();
            return _created.Task;
        }
    }

    /// <summary>Begins the creation, once.</summary>
    public void Begin()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            return;
        }

        // A thread of its own: at start-up the pool has few threads and many customers.
        new Thread(Create) { IsBackground = true, Name = "ModelPersistence environment" }.Start();
    }

    private void Create()
    {
        try
        {
            if (!telemetry)
            {
                RuntimeTelemetry.TurnOff();
            }

            if (configure is not null && !OrtEnv.IsCreated)
            {
                var options = configure();
                OrtEnv.CreateInstanceWithOptions(ref options);
            }

            OrtEnv.Instance();
            RuntimeRehearsal.Run();
            _created.SetResult();
        }
        catch (Exception e)
        {
            _created.SetException(new ModelLoadException(
                LoadPhase.Environment,
                $"The runtime's environment could not be created: {e.Message.TrimEnd('.', ' ')}. Check that the native library of Microsoft.ML.OnnxRuntime is deployed for this platform, and the code given to ConfigureEnvironment.",
                e));
        }
    }
}
