using System.Runtime.InteropServices;

namespace ModelPersistence.Runtime;

/// <summary>
/// ONNX Runtime's packages report usage to their maker by default: on Linux each process opens a database in the user's cache, writes a
/// log to the temporary folder and may open connections. A library must not bring that into a host unasked, so it is switched off before
/// the native library is loaded, unless the host or its environment says otherwise.
/// </summary>
internal static partial class RuntimeTelemetry
{
    private const string Switch = "ORT_DISABLE_TELEMETRY";

    public static void TurnOff()
    {
        if (Environment.GetEnvironmentVariable(Switch) is not null)
        {
            return;
        }

        Environment.SetEnvironmentVariable(Switch, "1");
        if (!OperatingSystem.IsWindows())
        {
            // On Unix .NET keeps its own copy of the environment, which native code never sees.
            try
            {
                _ = SetNative(Switch, "1", overwrite: 0);
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                // A C library by another name: the runtime then behaves as it does everywhere else.
                return;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNative(string name, string value, int overwrite);
}
