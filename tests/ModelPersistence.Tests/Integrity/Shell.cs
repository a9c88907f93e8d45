using System.Diagnostics;

namespace ModelPersistence.Tests.Integrity;

/// <summary>Runs a command of the system: links, pipes and mounts have no other way.</summary>
internal static class Shell
{
    public static bool Try(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public static void Require(string command, params string[] arguments)
    {
        if (!Try(command, arguments))
        {
            Assert.Ignore($"'{command} {string.Join(' ', arguments)}' is not possible here.");
        }
    }
}
