using System.Reflection.PortableExecutable;

namespace VoiceActivity;

/// <summary>Whether this program runs precompiled (ReadyToRun), which decides how long any .NET program takes to start.</summary>
internal static class Precompiled
{
    public static bool Is
    {
        get
        {
            using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "ModelPersistence.dll"));
            using var image = new PEReader(file);
            return image.PEHeaders.CorHeader?.ManagedNativeHeaderDirectory.Size > 0;
        }
    }
}
