using System.Globalization;
using ModelPersistence.Download.Reporting;
using ModelPersistence.Download.Servers;
using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Harness;

/// <summary>Runs every experiment and writes the result.</summary>
internal static class DownloadHarness
{
    public static async Task<int> RunAsync(HarnessOptions options)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("The harness reads /proc: it needs Linux.");
            return 1;
        }

        if (Tools.Nginx is null)
        {
            Console.Error.WriteLine("nginx is missing, the server of the fast downloads; Debian: apt-get install --no-install-recommends nginx-light (and rclone, awscli, curl for the peers).");
            return 1;
        }

        var scratch = Directory.CreateDirectory(Path.Combine(options.Folder, $"modelpersistence-download-{Environment.ProcessId}")).FullName;
        try
        {
            Say("publishing ReadyToRun");
            var program = await Precompiled.PublishAsync("ModelPersistence.Download", Path.Combine(scratch, "program"), "ModelPersistence", "AWSSDK.S3", "AWSSDK.Core");
            Say("making the models");
            var tree = await ServedTree.CreateAsync(Path.Combine(scratch, "served"), scratch, options.Size);
            var report = new DownloadReport();
            var laboratory = new Laboratory(Path.Combine(scratch, "target"), options.Runs, options.Around);
            await MeasureAsync(report, options, scratch, tree, new Experiments(program, tree, laboratory));
            Write(report, options);
            return 0;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static async Task MeasureAsync(DownloadReport report, HarnessOptions options, string scratch, ServedTree tree, Experiments experiments)
    {
        var large = string.Create(CultureInfo.InvariantCulture, $"{options.Size} MiB");
        Listing.Write(Path.Combine(tree.Root, ServedTree.ListingName), tree.Root, ServedTree.Bucket, tree.Set.Prefix);
        await using (var nginx = await Nginx.StartAsync(tree.Root, ServedTree.Bucket, ServedTree.ListingName, Path.Combine(scratch, "nginx"), CancellationToken.None))
        {
            await AddAsync("object", $"Fast server, {large}", () => experiments.ObjectAsync(nginx));
            await AddAsync("flush", $"Fast server, {large}, flushed to the disk", () => experiments.FlushAsync(nginx));
            await AddAsync("set", "Fast server, 40 × 4 MiB", () => experiments.SetAsync(nginx));
        }

        var files = new ServedFiles(tree.Root);
        await using (var paced = new PacedServer(files, TimeSpan.FromMilliseconds(20), 200e6))
        {
            await AddAsync("paced", $"20 ms before each answer and 200 MB/s a connection, {large}", () => experiments.PacedAsync(paced));
        }

        await using (var far = new PacedServer(files, TimeSpan.FromMilliseconds(40), 90e6))
        {
            await AddAsync("far", $"40 ms before each answer and 90 MB/s a connection, {large}", () => experiments.PacedAsync(far));
        }

        if (options.Wants("gateway"))
        {
            Say("starting radosgw");
            await using var gateway = await Gateway.StartAsync();
            await gateway.UploadAsync(Path.Combine(tree.Root, ServedTree.Bucket));
            await AddAsync("gateway", $"radosgw, {large}", () => experiments.GatewayAsync(gateway));
        }

        report.AddBars();

        async Task AddAsync(string name, string title, Func<Task<Outcome>> measure)
        {
            if (options.Wants(name))
            {
                Say(title);
                report.Add(name, title, await measure());
            }
        }
    }

    private static void Write(DownloadReport report, HarnessOptions options)
    {
        var text = report.Render(TimeProvider.System, options);
        if (options.Out is null)
        {
            Console.WriteLine(text[..text.IndexOf("## ", StringComparison.Ordinal)]);
            return;
        }

        var path = Path.GetFullPath(options.Out, RepositoryFolder.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        Say($"wrote {path}");
    }

    private static void Say(string text) => Console.Error.WriteLine($"download: {text}");
}
