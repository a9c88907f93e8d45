using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Models;

namespace ModelPersistence.Runtime;

/// <summary>From the execution providers that a host prefers to those that work here. What is passed over is kept in <see cref="SessionSettings.Fallbacks"/>.</summary>
internal static class ProviderFallback
{
    private const string Suffix = "ExecutionProvider";

    /// <summary>
    /// Leaves the providers that this runtime has and that take their options. Call it once the runtime's environment exists, and use what
    /// it gives for the keys of artifacts too: what was prepared for the processor must not pass for what was prepared for a device.
    /// </summary>
    public static SessionSettings Settle(SessionSettings settings)
    {
        if (!settings.PrefersOther)
        {
            return settings;
        }

        var available = OrtEnv.Instance().GetAvailableProviders();
        foreach (var provider in settings.ExecutionProviders)
        {
            if (provider != SessionSettings.Cpu && WhyUnusable(provider, settings, available) is { } reason)
            {
                settings = settings.Without(provider, reason);
            }
        }

        return settings;
    }

    /// <summary>Opens with the most preferred provider, and where a session cannot be made with it, with the next.</summary>
    /// <exception cref="ModelLoadException">No session can be made on the processor alone either.</exception>
    public static OpenedSession Open(SessionSettings settings, Func<SessionSettings, OpenedSession> open)
    {
        while (true)
        {
            try
            {
                return open(settings);
            }
            catch (ModelLoadException e) when (settings.PrefersOther)
            {
                settings = settings.Without(settings.ExecutionProviders[0], e.InnerException?.Message ?? e.Message);
            }
        }
    }

    private static string? WhyUnusable(string provider, SessionSettings settings, string[] available)
    {
        var name = provider == "DirectML" ? "Dml" : provider;
        if (!available.Any(known => known.Equals(name, StringComparison.OrdinalIgnoreCase) || known.Equals(name + Suffix, StringComparison.OrdinalIgnoreCase)))
        {
            return $"this build of ONNX Runtime does not have it (it has {string.Join(", ", available)})";
        }

        try
        {
            using SessionOptions options = new();
            ProviderAppender.Append(options, provider, settings.OptionsOf(provider));
            return null;
        }
        catch (Exception e)
        {
            // A device without a driver, an option it does not know, a library that is not there: each comes as an exception of its own.
            return e.Message;
        }
    }
}
