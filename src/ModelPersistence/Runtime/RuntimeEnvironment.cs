using Microsoft.ML.OnnxRuntime;

namespace ModelPersistence.Runtime;

/// <summary>
/// The runtime's environment, of which a process has one. Creating it takes tens of milliseconds, so it begins on a thread of its own
/// as early as possible. An environment that exists already is used as it is, and none is ever disposed.
/// </summary>
internal sealed class RuntimeEnvironment(bool telemetry = false)
{
    private readonly TaskCompletionSource _created = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<EnvironmentCreationOptions>? _configure;
    private int _begun;

    /// <summary>Completes when sessions can be created.</summary>
    public Task Created
    {
        get
        {
            Begin();
            return _created.Task;
        }
    }

    /// <summary>Sets the user's own options. Once creation has begun there is no way back.</summary>
    /// <exception cref="InvalidOperationException">Creation has begun.</exception>
    public void Configure(Func<EnvironmentCreationOptions> configure)
    {
        if (Volatile.Read(ref _begun) != 0)
        {
            throw new InvalidOperationException(
                "ConfigureEnvironment comes too late: the runtime's environment is being created since AddModelManagement. "
                + "Set EagerStart to false in AddModelManagement(o => o.EagerStart = false) or pass the configuration there.");
        }

        _configure = configure;
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

            if (_configure is not null && !OrtEnv.IsCreated)
            {
                var options = _configure();
                OrtEnv.CreateInstanceWithOptions(ref options);
            }

            OrtEnv.Instance();
            RuntimeRehearsal.Run();
            _created.SetResult();
        }
        catch (Exception e)
        {
            _created.SetException(e);
        }
    }
}
