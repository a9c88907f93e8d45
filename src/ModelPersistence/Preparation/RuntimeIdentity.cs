using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Integrity;

namespace ModelPersistence.Preparation;

/// <summary>
/// Which runtime this process uses. An ELF library says so itself (its build id is a digest of what was linked); any other is hashed
/// once and the digest remembered by the file's identity, since hashing tens of megabytes at each start is too dear.
/// </summary>
internal static class RuntimeIdentity
{
    /// <summary>A text that differs between any two builds of the native library.</summary>
    /// <param name="memoryFolder">Where digests are remembered; null to remember nothing.</param>
    public static string Read(string? memoryFolder)
    {
        if (FindLibrary() is not { } path)
        {
            // Linked into the executable, or found in a way of its own: the managed half is built with the native one.
            return $"managed {typeof(OrtEnv).Assembly.ManifestModule.ModuleVersionId:n}";
        }

        return ElfBuildId.TryRead(path) is { } id ? $"build {id}" : $"sha256 {Digest(path, memoryFolder)}";
    }

    /// <summary>Where the host's resolution finds the native library, without loading it.</summary>
    public static string? FindLibrary()
    {
        var name = OperatingSystem.IsWindows() ? "onnxruntime.dll" : OperatingSystem.IsMacOS() ? "libonnxruntime.dylib" : "libonnxruntime.so";
        var folders = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"))
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    private static string Digest(string path, string? memoryFolder)
    {
        var identity = FileIdentity.TryRead(path) ?? default;
        var subject = string.Create(CultureInfo.InvariantCulture, $"{path} {identity.Size} {identity.ModifiedNs} {identity.ChangedNs} {identity.Inode}");
        var memory = memoryFolder is null ? null : Path.Combine(memoryFolder, "runtime-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)))[..32]);
        try
        {
            if (memory is not null && File.Exists(memory) && File.ReadAllText(memory) is { Length: 64 } known)
            {
                return known;
            }

            using var stream = File.OpenRead(path);
            var digest = Convert.ToHexStringLower(SHA256.HashData(stream));
            if (memory is not null)
            {
                DurableFolder.Create(memoryFolder!, ownerOnly: true);
                DurableFile.Write(memory, Encoding.ASCII.GetBytes(digest));
            }

            return digest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not to be remembered, or not even to be read: its name, size and time must do.
            return subject;
        }
    }
}
