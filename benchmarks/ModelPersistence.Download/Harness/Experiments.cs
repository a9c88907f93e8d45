using ModelPersistence.Download.Servers;
using static ModelPersistence.Download.Harness.ContenderNames;

namespace ModelPersistence.Download.Harness;

/// <summary>Who downloads what from where.</summary>
internal sealed class Experiments(string program, ServedTree tree, Laboratory laboratory)
{
    /// <summary>The large object from the fast server.</summary>
    public Task<Outcome> ObjectAsync(Nginx nginx)
    {
        var all = At(nginx.Endpoint, tree.Single);
        return laboratory.MeasureAsync(
            tree.Single,
            nginx.Processes,
            all.Own(OursS3, "own-s3"),
            all.Own(OursHttp, "own-http"),
            all.Own(Unhashed(OursS3), "own-s3", "unverified=1"),
            all.Own(Unhashed(OursHttp), "own-http", "unverified=1"),
            all.Sdk(SdkGet, "sdk-get"),
            all.Sdk(SdkRange, "sdk-range"),
            all.Sdk(SdkPart, "sdk-part"),
            all.Sdk(SdkRangeUnchecked, "sdk-range", "checksums=0"),
            all.Sdk(SdkPartUnchecked, "sdk-part", "checksums=0"),
            all.Sdk(SdkPlain, "sdk-plain"),
            all.RcloneHttp(),
            all.RcloneS3(),
            all.Aws(),
            all.Curl(),
            all.Curls());
    }

    /// <summary>The same, with the finished file flushed to the disk inside the measured time.</summary>
    public Task<Outcome> FlushAsync(Nginx nginx)
    {
        var all = At(nginx.Endpoint, tree.Single);
        return laboratory.MeasureAsync(
            tree.Single,
            nginx.Processes,
            all.Own(OursS3, "own-s3", "flush=1"),
            all.Own(OursHttp, "own-http", "flush=1"),
            all.Sdk(SdkGet, "sdk-get", "flush=1"),
            all.Sdk(SdkRange, "sdk-range", "flush=1"),
            all.Sdk(SdkPart, "sdk-part", "flush=1"),
            all.Sdk(SdkPlain, "sdk-plain", "flush=1"));
    }

    /// <summary>The many small objects from the fast server.</summary>
    public Task<Outcome> SetAsync(Nginx nginx)
    {
        var all = At(nginx.Endpoint, tree.Set);
        return laboratory.MeasureAsync(
            tree.Set,
            nginx.Processes,
            all.Own(OursS3, "own-s3"),
            all.Own(OursHttp, "own-http"),
            all.Sdk(SdkDirectory, "sdk-directory"),
            all.Sdk(SdkDirectoryParallel, "sdk-directory-parallel"),
            all.RcloneHttp(),
            all.Aws());
    }

    /// <summary>The large object from a server with latency and a bound for each connection.</summary>
    public Task<Outcome> PacedAsync(PacedServer server)
    {
        var all = At(server.Endpoint, tree.Single);
        return laboratory.MeasureAsync(
            tree.Single,
            [],
            all.Own(OursS3, "own-s3"),
            all.Own(OursHttp, "own-http"),
            all.Sdk(SdkRange, "sdk-range"),
            all.RcloneHttp(),
            all.Curl(),
            all.Curls());
    }

    /// <summary>The large object from a real S3 server, which is busier than its clients.</summary>
    public Task<Outcome> GatewayAsync(Gateway gateway)
    {
        var all = new Contenders(program, gateway.Endpoint, tree.Single, laboratory.Target) { Credentials = gateway.Credentials };
        return laboratory.MeasureAsync(
            tree.Single,
            null,
            all.Own(OursS3, "own-s3"),
            all.Sdk(SdkGet, "sdk-get"),
            all.Sdk(SdkRange, "sdk-range"),
            all.Sdk(SdkPart, "sdk-part"),
            all.RcloneS3(),
            all.Aws());
    }

    private Contenders At(string endpoint, Served served) => new(program, endpoint, served, laboratory.Target);
}
