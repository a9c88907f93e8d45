using System.Diagnostics;
using System.Net.Sockets;
using ModelPersistence.Download.Harness;

namespace ModelPersistence.Download.Servers;

/// <summary>
/// The fast stand-in: nginx serves the folders as they are, each of which an S3 client takes for a bucket. It answers ranges, knows no
/// signatures and no listing but one, which is the same for every question.
/// </summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private Nginx(string folder, Process process, string endpoint) => (_folder, _process, Endpoint) = (folder, process, endpoint);

    public string Endpoint { get; }

    /// <summary>The master and its workers.</summary>
    public IReadOnlyList<int> Processes => [.. ProcessTree.Of(_process.Id)];

    /// <param name="root">The folder that holds the buckets.</param>
    /// <param name="bucket">The bucket that has a listing.</param>
    /// <param name="listing">The listing: a file below <paramref name="root"/>.</param>
    /// <param name="folder">Where the server keeps what is its own.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public static async Task<Nginx> StartAsync(string root, string bucket, string listing, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var port = Loopback.FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), Configuration(root, bucket, listing, folder, port), cancellationToken);
        var process = Process.Start(Command(folder))!;
        var nginx = new Nginx(folder, process, $"http://127.0.0.1:{port}");
        while (!await AnswersAsync(port, cancellationToken))
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"nginx ended at once; see {Path.Combine(folder, "error.log")} and above.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        // It is told to end rather than killed, because its workers would outlive a killed master.
        using (var stop = Process.Start(Command(_folder, "-s", "stop"))!)
        {
            await stop.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static ProcessStartInfo Command(string folder, params string[] more) =>
        new(Tools.Nginx!, ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-e", Path.Combine(folder, "error.log"), .. more]);

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Configuration(string root, string bucket, string listing, string folder, int port) => $$"""
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        daemon off;
        worker_processes 2;
        pid {{folder}}/nginx.pid;
        error_log {{folder}}/error.log;
        events { worker_connections 512; }
        http {
            access_log off;
            sendfile on;
            tcp_nopush on;
            keepalive_requests 1000000;
            default_type application/octet-stream;
            client_body_temp_path {{folder}}/body;
            proxy_temp_path {{folder}}/proxy;
            fastcgi_temp_path {{folder}}/fastcgi;
            uwsgi_temp_path {{folder}}/uwsgi;
            scgi_temp_path {{folder}}/scgi;
            server {
                listen 127.0.0.1:{{port}};
                root {{root}};
                autoindex on;
                location = /{{bucket}} { default_type application/xml; try_files /{{listing}} =404; }
                location = /{{bucket}}/ { default_type application/xml; try_files /{{listing}} =404; }
            }
        }
        """;
}
