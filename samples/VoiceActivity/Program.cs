using System.Globalization;
using System.Text;
using VoiceActivity;

const string Usage = """
    Detects speech in a recording with a model served by ModelPersistence, and compares the start with the plain way.

    usage: VoiceActivity [--synthetic <MB>] [--pairs <n>]

      (no argument)       publishes Silero VAD v5 and v6, serves vad:stable over recording.wav, compares starts
      --synthetic <MB>    compares starts on a generated transformer of that size instead, for example 268
      --pairs <n>         how many fresh processes of each kind are compared (default 5)

    The models come from the folder that eng/models.sh fills; MODELPERSISTENCE_CACHE moves it.
    """;

Console.OutputEncoding = Encoding.UTF8;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    switch (args)
    {
        case [StartTrial.Verb, .. var trial]:
            await StartTrial.RunAsync(trial);
            return 0;
        case []:
            await VoiceDemo.RunAsync(pairs: 5);
            return 0;
        case ["--pairs", var pairs] when IsCount(pairs, 99, out var count):
            await VoiceDemo.RunAsync(count);
            return 0;
        case ["--synthetic", var size] when IsCount(size, 1900, out var megabytes):
            await SyntheticDemo.RunAsync(megabytes, pairs: 5);
            return 0;
        case ["--synthetic", var size, "--pairs", var pairs] when IsCount(size, 1900, out var megabytes) && IsCount(pairs, 99, out var count):
            await SyntheticDemo.RunAsync(megabytes, count);
            return 0;
        case ["--help" or "-h"]:
            Console.WriteLine(Usage);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (FileNotFoundException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static bool IsCount(string text, int max, out int count) => int.TryParse(text, out count) && count >= 1 && count <= max;
