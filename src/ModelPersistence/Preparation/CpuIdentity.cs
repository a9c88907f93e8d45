using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace ModelPersistence.Preparation;

/// <summary>What packed weights depend on: vendor, model and instruction sets of the processor, as a short text.</summary>
internal static class CpuIdentity
{
    public static string Current { get; } = X86Base.IsSupported ? X86() : Other();

    private static string X86()
    {
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        Span<int> letters = [b, d, c];
        var vendor = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(letters));
        var (signature, _, features1, features2) = X86Base.CpuId(1, 0);
        var (_, features3, features4, features5) = X86Base.CpuId(7, 0);

        // What the processor has and what the operating system lets it use: the second is what .NET's own flags add.
        var usable = string.Join('+', new (string Name, bool Has)[]
        {
            ("sse42", Sse42.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported),
            ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported), ("vbmi", Avx512Vbmi.IsSupported), ("vnni", AvxVnni.IsSupported),
        }.Where(static set => set.Has).Select(static set => set.Name));
        return string.Create(CultureInfo.InvariantCulture,
            $"{vendor} {signature:x8} {features1:x8}.{features2:x8}.{features3:x8}.{features4:x8}.{features5:x8} {usable}");
    }

    private static string Other()
    {
        var usable = string.Join('+', new (string Name, bool Has)[]
        {
            ("advsimd", AdvSimd.IsSupported), ("dotprod", Dp.IsSupported), ("aes", System.Runtime.Intrinsics.Arm.Aes.IsSupported),
            ("sha256", Sha256.IsSupported), ("rdm", Rdm.IsSupported), ("crc32", Crc32.IsSupported), ("atomics", ArmBase.Arm64.IsSupported),
        }.Where(static set => set.Has).Select(static set => set.Name));
        return $"{RuntimeInformation.ProcessArchitecture} {FromCpuInfo()} {usable}";
    }

    private static string FromCpuInfo()
    {
        const string Path = "/proc/cpuinfo";
        if (!OperatingSystem.IsLinux() || !File.Exists(Path))
        {
            return RuntimeInformation.OSDescription;
        }

        // All kinds of cores of the machine, each once: big and little ones differ.
        var lines = File.ReadLines(Path)
            .Where(static line => line.StartsWith("CPU ", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal))
            .Select(static line => string.Join('=', line.Split(':', StringSplitOptions.TrimEntries)))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return string.Join(',', lines);
    }
}
