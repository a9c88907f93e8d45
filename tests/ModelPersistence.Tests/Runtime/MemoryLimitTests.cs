using ModelPersistence.Runtime;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Runtime;

/// <summary>Layouts as real systems show them, written into a folder that stands for the root of the file system.</summary>
[Platform("Linux")]
internal sealed class MemoryLimitTests
{
    private const long Machine = 16_000_000L * 1024;
    private const string Unified = "35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot";
    private const string Version1 = "36 33 0:32 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,memory";
    private TemporaryFolder _root = null!;

    [SetUp]
    public void CreateRoot()
    {
        _root = new TemporaryFolder();
        Write("proc/meminfo", "MemTotal:       16000000 kB\nMemFree:        23063608 kB\n");
    }

    [TearDown]
    public void DeleteRoot() => _root.Dispose();

    [Test]
    public void Without_control_groups_the_machine_is_the_limit() =>
        Assert.That(MemoryLimit.Read(_root.Root), Is.EqualTo(new MemoryLimit(Machine, "the machine's memory (MemTotal in /proc/meminfo)")));

    [Test]
    public void A_container_with_a_namespace_of_its_own_finds_its_limit_at_the_mount()
    {
        Group("0::/\n", Unified);
        Write("sys/fs/cgroup/memory.max", "536870912\n");
        Assert.That(MemoryLimit.Read(_root.Root), Is.EqualTo(new MemoryLimit(536870912, "the control group's limit (/sys/fs/cgroup/memory.max)")));
    }

    [Test]
    public void A_service_is_held_by_the_tightest_slice_above_it()
    {
        Group("0::/system.slice/models.slice/host.service\n", Unified);
        Write("sys/fs/cgroup/system.slice/memory.max", "max\n");
        Write("sys/fs/cgroup/system.slice/models.slice/memory.max", "2147483648\n");
        Write("sys/fs/cgroup/system.slice/models.slice/host.service/memory.max", "4294967296\n");
        AssertLimit(2147483648, "/sys/fs/cgroup/system.slice/models.slice/memory.max");
    }

    [Test]
    public void A_service_that_is_only_slowed_down_stays_under_where_that_begins()
    {
        Group("0::/system.slice/host.service\n", Unified);
        Write("sys/fs/cgroup/system.slice/host.service/memory.max", "max\n");
        Write("sys/fs/cgroup/system.slice/host.service/memory.high", "1073741824\n");
        AssertLimit(1073741824, "host.service/memory.high");
    }

    [Test]
    public void A_pod_that_sees_the_hosts_paths_is_found_below_what_is_mounted()
    {
        const string Pod = "/kubepods.slice/kubepods-burstable.slice/pod1/cri-containerd-abc.scope";
        Group($"0::{Pod}\n", $"35 24 0:30 {Pod} /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw");
        Write("sys/fs/cgroup/memory.max", "268435456\n");
        AssertLimit(268435456, "/sys/fs/cgroup/memory.max");
    }

    [Test]
    public void A_pods_limit_counts_where_the_container_has_none()
    {
        Group("0::/kubepods.slice/pod1/container\n", Unified);
        Write("sys/fs/cgroup/kubepods.slice/pod1/memory.max", "805306368\n");
        Write("sys/fs/cgroup/kubepods.slice/pod1/container/memory.max", "max\n");
        AssertLimit(805306368, "pod1/memory.max");
    }

    [Test]
    public void Docker_on_version_1_mounts_the_containers_group_itself()
    {
        Group("12:pids:/docker/abc\n4:memory:/docker/abc\n0::/docker/abc\n", "36 33 0:32 /docker/abc /sys/fs/cgroup/memory ro,nosuid master:15 - cgroup cgroup rw,memory");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "134217728\n");
        AssertLimit(134217728, "/sys/fs/cgroup/memory/memory.limit_in_bytes");
    }

    [Test]
    public void The_kernels_sum_of_parents_out_of_sight_counts_on_version_1()
    {
        Group("4:memory:/docker/abc\n", "36 33 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/memory/memory.stat", "cache 0\nhierarchical_memory_limit 67108864\nhierarchical_memsw_limit 9223372036854771712\n");
        AssertLimit(67108864, "hierarchical_memory_limit");
    }

    [TestCase("9223372036854771712", TestName = "Version 1 without a limit, pages of 4 KiB")]
    [TestCase("9223372036854710272", TestName = "Version 1 without a limit, pages of 64 KiB")]
    [TestCase("18446744073709551615", TestName = "Version 1 without a limit, old kernel")]
    [TestCase("-1", TestName = "Version 1 without a limit, as it is written")]
    [TestCase("17179869184000", TestName = "A limit beyond the machine")]
    public void A_limit_that_is_none_leaves_the_machine(string limit)
    {
        Group("4:cpu,memory:/user\n", Version1.Replace("rw,memory", "rw,cpu,memory", StringComparison.Ordinal));
        Write("sys/fs/cgroup/memory/user/memory.limit_in_bytes", limit);
        Assert.That(MemoryLimit.Read(_root.Root).Bytes, Is.EqualTo(Machine));
    }

    [Test]
    public void A_hybrid_machine_has_its_memory_in_version_1()
    {
        Group("9:name=systemd:/\n4:memory:/host\n0::/\n", "38 33 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw", Version1);
        Write("sys/fs/cgroup/unified/cgroup.procs", "1\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/memory/host/memory.limit_in_bytes", "3221225472\n");
        AssertLimit(3221225472, "memory/host/memory.limit_in_bytes");
    }

    [Test]
    public void A_mount_point_may_hold_a_space()
    {
        Group("0::/a\n", @"35 24 0:30 / /sys/my\040groups rw - cgroup2 cgroup2 rw");
        Write("sys/my groups/a/memory.max", "1000000000\n");
        AssertLimit(1_000_000_000, "/sys/my groups/a/memory.max");
    }

    [TestCase("0::/../../outside\n", TestName = "A group above the namespace's root")]
    [TestCase("0::/gone/with/the/wind\n", TestName = "A group whose folder is not there")]
    [TestCase("0::\n", TestName = "A group without a path")]
    public void What_cannot_be_found_leaves_the_limits_above_it(string group)
    {
        Group(group, Unified);
        Write("sys/fs/cgroup/memory.max", "500000000\n");
        Write("outside/memory.max", "1\n");
        AssertLimit(500_000_000, "/sys/fs/cgroup/memory.max");
    }

    [Test]
    public void Without_a_list_of_mounts_the_usual_places_are_looked_at()
    {
        Write("proc/self/cgroup", "4:memory:/a\n0::/b\n");
        Write("sys/fs/cgroup/b/memory.max", "700000000\n");
        Write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "600000000\n");
        AssertLimit(600_000_000, "memory/a/");
    }

    [TestCase("0::/\n", "nonsense", "max\n")]
    [TestCase("nonsense", Unified, "1\n")]
    [TestCase("", "", "")]
    [TestCase("0::/\n", Unified, "")]
    [TestCase("0::/\n", Unified, "12 monkeys\n")]
    [TestCase("0::/\n", Unified, "0\n")]
    [TestCase("0::/\n", "35 24 0:30 / /sys/fs/cgroup - cgroup2", "max")]
    [TestCase(":::\n::\n:\n4:memory\n", Version1, "5")]
    public void Malformed_files_are_as_good_as_none(string groups, string mounts, string limit)
    {
        Group(groups, mounts);
        Write("sys/fs/cgroup/memory.max", limit);
        Assert.That(MemoryLimit.Read(_root.Root).Bytes, Is.EqualTo(Machine));
    }

    [TestCase("")]
    [TestCase("MemTotal: lots kB\n")]
    [TestCase("MemTotal: 99999999999999999999 kB\n")]
    [TestCase("MemTotal: 9223372036854775807 kB\n")]
    public void Without_the_machines_own_figure_the_runtimes_is_taken(string meminfo)
    {
        Write("proc/meminfo", meminfo);
        Assert.That(MemoryLimit.Read(_root.Root), Has.Property("Bytes").GreaterThan(0).And.Property("Source").Contains("runtime"));
    }

    [Test]
    public void This_process_has_a_limit_and_uses_memory_within_it()
    {
        var limit = MemoryLimit.Read();
        Assert.That(PrivateMemory.Now(), Is.GreaterThan(1 << 20).And.LessThan(limit.Bytes));
    }

    [Test]
    public void The_private_memory_of_a_process_is_what_is_anonymous()
    {
        Write("proc/self/status", "VmRSS:\t  7180 kB\nRssAnon:\t     152 kB\nRssFile:\t    2028 kB\n");
        Assert.That(PrivateMemory.Now(_root.Root), Is.EqualTo(152 * 1024));
    }

    private void AssertLimit(long bytes, string source) =>
        Assert.That(MemoryLimit.Read(_root.Root), Has.Property("Bytes").EqualTo(bytes).And.Property("Source").Contains(source));

    private void Group(string groups, params string[] mounts)
    {
        Write("proc/self/cgroup", groups);
        Write("proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime - proc proc rw\n" + string.Join('\n', mounts) + "\n");
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root[path])!);
        File.WriteAllText(_root[path], text);
    }
}
