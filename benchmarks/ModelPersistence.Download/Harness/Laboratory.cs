using System.Diagnostics;
using ModelPersistence.Measuring;

namespace ModelPersistence.Download.Harness;

/// <summary>Lets contenders download by turns, each into an empty folder.</summary>
internal sealed class Laboratory(string target, int runs, string? around)
{
    public string Target => target;

    /// <param name="served">What is downloaded.</param>
    /// <param name="server">The server's processes.</param>
    /// <param name="contenders">Who downloads.</param>
    public async Task<Outcome> MeasureAsync(Served served, IReadOnlyList<int>? server, params IReadOnlyList<Contender> contenders)
    {
        var thoroughly = true;
        var results = await Contest.RunAsync(
            runs,
            [.. contenders.Where(static contender => contender.Command is not null).Select(contender => (contender.Name, new Func<Task<Measurement>>(() => OnceAsync(contender))))],
            AroundAsync);
        return new Outcome(served, contenders, results);

        async Task<Measurement> OnceAsync(Contender contender)
        {
            Clear();
            var measurement = await MeasuredProcess.RunAsync(contender.Command!, server);
            served.Check(contender.Name, target, contender.LeavesParts, thoroughly);
            Clear();
            return measurement;
        }

        async Task AroundAsync(int round, Func<Task> run)
        {
            await TellAsync("begin");
            try
            {
                Touch(served.Bytes);
                await run();
            }
            finally
            {
                await TellAsync("end");
            }

            thoroughly = false;
        }
    }

    /// <summary>Memory that lay idle is slow to get on virtual machines: the first of a round would pay for those after it.</summary>
    private void Touch(long bytes)
    {
        RandomFile.Write($"{target}.touch", bytes, seed: 0);
        File.Delete($"{target}.touch");
    }

    private void Clear()
    {
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }
    }

    private async Task TellAsync(string moment)
    {
        if (around is not null)
        {
            using var process = Process.Start(new ProcessStartInfo(around, [moment]))!;
            await process.WaitForExitAsync();
        }
    }
}
