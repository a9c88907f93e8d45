using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ModelPersistence.Telemetry;
using ModelPersistence.Testing;
using ModelPersistence.Tests.AspNetCore;
using ModelPersistence.Tests.Support;
using ModelPersistence.Tests.Telemetry.Export;

namespace ModelPersistence.Tests.Samples;

/// <summary>The sample VoiceActivityApi, built and started as it is.</summary>
[CancelAfter(120_000)]
[Platform(Exclude = "Win")] // ended by a signal
internal sealed class VoiceActivityApiTests
{
    private const int WavHeader = 44;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _recording = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "recording.wav"));
    private OtlpReceiver _collector = null!;
    private VoiceActivityApiProcess _api = null!;

    [OneTimeSetUp]
    public async Task StartSample()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));
        await VoiceActivityApiProcess.RunAsync(_folder, patience.Token, "publish", Path.GetDirectoryName(TestModels.SileroVadV5)!);
        _collector = await OtlpReceiver.StartAsync();
        _api = await VoiceActivityApiProcess.StartAsync(
            _folder,
            patience.Token,
            ("Speech__MaxBytes", $"{_recording.Length}"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", _collector.Address.ToString()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
    }

    /// <summary>Before it ends, the sample sends the metrics and spans that are left.</summary>
    [OneTimeTearDown]
    public async Task StopSample()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(1));
        if (_api is not null)
        {
            using (_api)
            {
                Assert.That(await _api.StopAsync(patience.Token), Is.Zero);
            }

            Assert.That(_collector.Metrics, Is.SupersetOf(new[] { ModelTelemetry.LoadDuration, ModelTelemetry.HealthStatus, "http.server.request.duration" }));
            Assert.That(_collector.Spans.Select(static span => span.Name), Has.Member(ModelTelemetry.OpenSpan).And.Member("model.load"));
        }

        if (_collector is not null)
        {
            await _collector.DisposeAsync();
        }

        _folder.Dispose();
    }

    [TestCase("/health/live", "Healthy")]
    [TestCase("/health/ready", "Healthy")]
    [TestCase("/health/models", "\"vad:stable\"")]
    [TestCase("/models", "\"timeline\"")]
    [TestCase("/metrics/models", "model_health_status{model=\"vad\"")]
    [TestCase("/v2", "\"voice-activity-api\"")]
    [TestCase("/v2/models/vad/versions/stable", "\"stateN\"")]
    public async Task It_answers(string path, string part, CancellationToken token) =>
        Assert.That(await _api.Client.GetStringAsync(path, token), Does.Contain(part));

    [Test]
    public async Task It_hears_the_three_sentences_of_the_recording(CancellationToken token)
    {
        var heard = await SpeechAsync(_recording, token);
        var sentences = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Data", "recording.txt"), token);
        var segments = heard.GetProperty("segments").EnumerateArray().Select(static s => (Start: s.GetProperty("start").GetDouble(), End: s.GetProperty("end").GetDouble())).ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(heard.GetProperty("version").GetString(), Is.EqualTo("1.1.0"));
            Assert.That(heard.GetProperty("probabilities").GetArrayLength(), Is.EqualTo((int)(heard.GetProperty("seconds").GetDouble() / 0.032)));
            Assert.That(segments, Has.Count.EqualTo(sentences.Length));
            foreach (var ((start, end), sentence) in segments.Zip(sentences.Select(static line => line.Split('\t'))))
            {
                Assert.That(start, Is.LessThan(double.Parse(sentence[1], System.Globalization.CultureInfo.InvariantCulture)));
                Assert.That(end, Is.GreaterThan(double.Parse(sentence[0], System.Globalization.CultureInfo.InvariantCulture)));
            }
        }
    }

    [Test]
    public async Task Bare_samples_are_heard_as_those_in_a_file(CancellationToken token) =>
        Assert.That((await SpeechAsync(_recording[WavHeader..], token)).GetRawText(), Is.EqualTo((await SpeechAsync(_recording, token)).GetRawText()));

    [TestCase("an odd byte", 1)]
    [TestCase("two channels", WavHeader, 22, 2)]
    [TestCase("another rate", WavHeader, 24, 1)]
    [TestCase("eight bits", WavHeader, 34, 8)]
    [TestCase("no format", WavHeader, 12, 'x')]
    [TestCase("a format that is too short", WavHeader, 16, 2)]
    [TestCase("no samples", 36)]
    [TestCase("a chunk that begins only", 39)]
    public async Task Sound_that_is_none_is_refused(string _, int length, int at = 0, int value = 'R', CancellationToken token = default)
    {
        var body = _recording[..length];
        body[at] = (byte)value;
        using var response = await PostAsync(body, token);
        Assert.That(
            (response.StatusCode, response.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.BadRequest, "application/problem+json")));
    }

    [Test]
    public async Task A_file_whose_length_was_not_known_is_read_to_its_end(CancellationToken token)
    {
        var open = _recording.ToArray();
        open.AsSpan(40, 4).Fill(0xFF);
        Assert.That((await SpeechAsync(open, token)).GetRawText(), Is.EqualTo((await SpeechAsync(_recording, token)).GetRawText()));
    }

    [Test]
    public async Task No_sound_has_no_speech(CancellationToken token) =>
        Assert.That((await SpeechAsync([], token)).GetProperty("segments").GetArrayLength(), Is.Zero);

    [Test]
    public async Task More_sound_than_the_settings_allow_is_refused(CancellationToken token)
    {
        // The server refuses the length and closes: a body on its way would meet a reset, which can overtake the answer.
        var length = _recording.Length + 1;
        using var refused = await HalfSentRequest.SendAsync(_api.Client.BaseAddress!, "/speech", bytes: 0, announced: length);
        Assert.That(await refused.AnswerAsync(token), Does.StartWith("HTTP/1.1 413"));
    }

    [Test]
    public async Task More_requests_than_the_settings_allow_are_told_to_come_again(CancellationToken token)
    {
        using TemporaryFolder folder = new();
        await VoiceActivityApiProcess.RunAsync(folder, token, "publish", Path.GetDirectoryName(TestModels.SileroVadV5)!);
        using var api = await VoiceActivityApiProcess.StartAsync(folder, token, ("Speech__MaxConcurrency", "1"), ("Speech__MaxQueue", "0"));
        using (var one = await HalfSentRequest.SendAsync(api.Client.BaseAddress!, "/speech", bytes: 1, announced: 2))
        using (var other = await HalfSentRequest.SendAsync(api.Client.BaseAddress!, "/speech", bytes: 1, announced: 2))
        {
            // The server waits for the rest of one of them, whichever it took first.
            var refused = await await Task.WhenAny(one.AnswerAsync(token), other.AnswerAsync(token));
            Assert.That(refused, Does.StartWith("HTTP/1.1 429").And.Contain("Retry-After: 1\r\n"));
            Assert.That(await api.Client.GetStringAsync("/health/ready", token), Is.EqualTo("Healthy"), "Nothing else is bounded by it.");
        }

        Assert.That(await api.StopAsync(token), Is.Zero);
    }

    private async Task<JsonElement> SpeechAsync(byte[] sound, CancellationToken token)
    {
        using var response = await PostAsync(sound, token);
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(token);
    }

    private Task<HttpResponseMessage> PostAsync(byte[] sound, CancellationToken token) =>
        _api.Client.PostAsync("/speech", new ByteArrayContent(sound) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } }, token);
}
