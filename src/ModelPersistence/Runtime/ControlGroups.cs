namespace ModelPersistence.Runtime;

/// <summary>
/// The memory limits of the Linux control groups that this process is in, of both versions. A limit of any group on the way up counts:
/// the process's own often has none while its pod's, slice's or container's has.
/// </summary>
internal static class ControlGroups
{
    // A process over memory.high is slowed to a crawl, so a budget that passes it would be of no use.
    private static readonly string[] UnifiedLimits = ["memory.max", "memory.high"];
    private const string HierarchicalLimit = "hierarchical_memory_limit ";
    private static readonly string[] Version1Limits = ["memory.limit_in_bytes"];

    /// <summary>The smallest limit; null when there is none, or none that can be seen from here.</summary>
    /// <param name="root">The root of the file system.</param>
    public static MemoryLimit? Tightest(string root)
    {
        MemoryLimit? tightest = null;
        var mounts = ProcFile.Lines(Path.Combine(root, "proc/self/mountinfo"));
        foreach (var line in ProcFile.Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            // hierarchy:controllers:path, where version 2 has the hierarchy 0 and names no controllers.
            if (line.Split(':', 3) is not [var hierarchy, var controllers, var group])
            {
                continue;
            }

            var isUnified = hierarchy == "0" && controllers.Length == 0;
            if (!isUnified && !controllers.Split(',').Contains("memory"))
            {
                continue;
            }

            foreach (var mount in MountsOf(isUnified, mounts))
            {
                Climb(root, mount, Below(mount.Group, group), isUnified, ref tightest);
            }
        }

        return tightest;
    }

    private static IEnumerable<Mount> MountsOf(bool isUnified, string[] mounts)
    {
        var found = false;
        foreach (var line in mounts)
        {
            if (Mount.Parse(line) is { } mount && (isUnified ? mount.Type == "cgroup2" : mount.Type == "cgroup" && mount.Options.Split(',').Contains("memory")))
            {
                found = true;
                yield return mount;
            }
        }

        if (!found)
        {
            yield return new Mount("/", isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory", "", "");
        }
    }

    /// <summary>
    /// Where the process's group is below what is mounted. A container sees either its own group as the root of both (a namespace of its
    /// own), or the host's path in both; a group outside of what is mounted is told by the mount's own limits alone.
    /// </summary>
    private static string Below(string mounted, string group)
    {
        var prefix = mounted.TrimEnd('/');
        var below = group == prefix ? "" : group.StartsWith(prefix + "/", StringComparison.Ordinal) ? group[(prefix.Length + 1)..] : "";
        return below.Split('/').Contains("..") ? "" : below;
    }

    private static void Climb(string root, Mount mount, string below, bool isUnified, ref MemoryLimit? tightest)
    {
        while (true)
        {
            var group = below.Length == 0 ? mount.Point : $"{mount.Point.TrimEnd('/')}/{below}";
            foreach (var name in isUnified ? UnifiedLimits : Version1Limits)
            {
                // "max", and whatever else is no number, is no limit.
                if (ProcFile.Lines(In(root, $"{group}/{name}")) is [var text, ..])
                {
                    Consider(ProcFile.Number(text), $"{group}/{name}", ref tightest);
                }
            }

            if (!isUnified)
            {
                // What the kernel counts as the limit of all parents, those outside of the mount included.
                foreach (var line in ProcFile.Lines(In(root, $"{group}/memory.stat")))
                {
                    if (line.StartsWith(HierarchicalLimit, StringComparison.Ordinal))
                    {
                        Consider(ProcFile.Number(line.AsSpan(HierarchicalLimit.Length)), $"{group}/memory.stat, hierarchical_memory_limit", ref tightest);
                    }
                }
            }

            if (below.Length == 0)
            {
                return;
            }

            below = below.LastIndexOf('/') is > 0 and var slash ? below[..slash] : "";
        }
    }

    private static void Consider(long? bytes, string file, ref MemoryLimit? tightest)
    {
        // Nothing runs within a limit of zero: such a value is a fault of whoever shows it.
        if (bytes is > 0 && (tightest is null || bytes < tightest.Bytes))
        {
            tightest = new MemoryLimit(bytes.Value, $"the control group's limit ({file})");
        }
    }

    private static string In(string root, string path) => Path.Combine(root, path.TrimStart('/'));

    /// <summary>A line of mountinfo: which group is mounted where.</summary>
    private sealed record Mount(string Group, string Point, string Type, string Options)
    {
        // 31 23 0:28 /group /point rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
        public static Mount? Parse(string line)
        {
            var halves = line.Split(" - ", 2);
            return halves.Length == 2 && halves[0].Split(' ') is [_, _, _, var group, var point, ..] && halves[1].Split(' ') is [var type, _, var options, ..]
                ? new Mount(Unescaped(group), Unescaped(point), type, options)
                : null;
        }

        // The kernel writes these four as octal numbers.
        private static string Unescaped(string path) =>
            path.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
                .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
    }
}
