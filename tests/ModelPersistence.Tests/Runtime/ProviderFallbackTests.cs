using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Configuration;
using ModelPersistence.Models;
using ModelPersistence.Preparation;
using ModelPersistence.Runtime;
using ModelPersistence.Testing;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Runtime;

/// <summary>With the providers of the runtime at hand: of devices it has none, and the processor's own provider can be named like any other.</summary>
[CancelAfter(60_000)]
internal sealed class ProviderFallbackTests
{
    private const string Named = "CPUExecutionProvider";

    private TemporaryFolder _folder = null!;
    private string _model = null!;

    [SetUp]
    public void SaveModel()
    {
        _folder = new TemporaryFolder();
        _model = _folder["add.onnx"];
        TestModels.Add().Save(_model);
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void The_key_of_a_host_without_preferences_is_what_it_always_was()
    {
        // Another text would have every host prepare all its models anew.
        using var all = Assert.EnterMultipleScope();
        Assert.That(SessionSettings.Default.KeyText, Is.EqualTo("ep=Cpu"));
        Assert.That(Settings("Cuda").KeyText, Is.EqualTo("ep=Cuda,Cpu"));
        Assert.That(SessionSettings.From(new ModelOptions { SessionConfig = { ["a"] = "bc" } }).KeyText, Is.EqualTo("ep=Cpu;1:a=2:bc"));
    }

    [Test]
    public void Options_of_a_provider_are_part_of_the_key_and_of_no_others()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(With("Cuda", ("b", "2"), ("a", "1")).KeyText, Is.EqualTo("ep=Cuda,Cpu;Cuda.1:a=1:1;Cuda.1:b=1:2"));
        Assert.That(With("Cuda", ("a", "1")).Without("Cuda", "gone").KeyText, Is.EqualTo("ep=Cpu"));
    }

    [Test]
    public void The_processor_is_last_however_it_is_written() =>
        Assert.That(Settings("CPU", "Cuda", "cpu", "Cuda").ExecutionProviders, Is.EqualTo(new[] { "Cuda", "Cpu" }));

    [TestCase("Cuda")]
    [TestCase("TensorRT")]
    [TestCase("DirectML")]
    [TestCase("CoreML")]
    [TestCase("OpenVINO")]
    [TestCase("XNNPACK")]
    [TestCase("no such thing")]
    public void A_provider_that_the_runtime_lacks_is_passed_over(string provider)
    {
        var settled = ProviderFallback.Settle(Settings(provider));
        using var all = Assert.EnterMultipleScope();
        Assert.That(settled.ExecutionProviders, Is.EqualTo(new[] { "Cpu" }));
        Assert.That(settled.Fallbacks, Has.Count.EqualTo(1).And.One.StartsWith($"{provider}: this build of ONNX Runtime does not have it").And.One.Contains(Named));
    }

    [Test]
    public void What_the_runtime_has_stays_in_its_place()
    {
        var settled = ProviderFallback.Settle(Settings("Cuda", Named, "DirectML"));
        using var all = Assert.EnterMultipleScope();
        Assert.That(settled.ExecutionProviders, Is.EqualTo(new[] { Named, "Cpu" }));
        Assert.That(settled.Fallbacks.Select(static reason => reason.Split(':')[0]), Is.EqualTo(new[] { "Cuda", "DirectML" }));
    }

    [Test]
    public void Without_preferences_nothing_is_asked() => Assert.That(ProviderFallback.Settle(SessionSettings.Default), Is.SameAs(SessionSettings.Default));

    [Test]
    public void An_opened_session_says_which_provider_is_in_use()
    {
        using var opened = SessionOpener.OpenOriginal("m", _model, ProviderFallback.Settle(Settings("Cuda", Named)), spin: false);
        using var inputs = InputSynthesizer.Create("m", opened.Session, null);
        using var all = Assert.EnterMultipleScope();
        Assert.That(opened.ExecutionProvider, Is.EqualTo(Named));
        Assert.That(opened.FallbackReasons, Has.Count.EqualTo(1));
        Assert.That(ModelRun.Run("m", opened.Session, inputs), Is.Not.Empty);
    }

    [Test]
    public void A_provider_that_cannot_even_be_named_falls_back_while_opening()
    {
        using var opened = SessionOpener.OpenOriginal("m", _model, Settings("Cuda", "no such thing"), spin: false);
        using var all = Assert.EnterMultipleScope();
        Assert.That(opened.ExecutionProvider, Is.EqualTo("Cpu"));
        Assert.That(opened.FallbackReasons, Has.Count.EqualTo(2));
        Assert.That(opened.FallbackReasons[1], Does.StartWith("no such thing: ").And.Contains("Unknown provider name"));
    }

    [Test]
    public void A_provider_with_which_no_session_can_be_made_gives_way_to_the_next()
    {
        // The first session is asked to read the file as something that it is not, so the runtime itself refuses to make it.
        var calls = 0;
        var settings = Settings(Named) with { Hook = new SessionHook("first fails", "1", options => Fail(options, calls++ == 0)) };
        using var opened = SessionOpener.OpenOriginal("m", _model, settings, spin: false);
        using var all = Assert.EnterMultipleScope();
        Assert.That(opened.ExecutionProvider, Is.EqualTo("Cpu"));
        Assert.That(opened.FallbackReasons, Has.Count.EqualTo(1).And.One.StartsWith($"{Named}: [ErrorCode:"));
    }

    [Test]
    public void A_model_that_opens_on_no_provider_is_refused_as_ever()
    {
        var settings = Settings(Named) with { Hook = new SessionHook("all fail", "1", static options => Fail(options, true)) };
        Assert.That(() => SessionOpener.OpenOriginal("m", _model, settings, spin: false), Throws.TypeOf<ModelLoadException>().With.Message.Contains("'m'"));
    }

    [TestCase("Cuda")]
    [TestCase("TensorRT")]
    [TestCase("DirectML")]
    [TestCase(Named)]
    public void Options_reach_the_provider_or_it_is_passed_over(string provider)
    {
        using var opened = SessionOpener.OpenOriginal("m", _model, With(provider, ("device_id", "0")), spin: false);
        Assert.That(opened.ExecutionProvider, Is.EqualTo(provider == Named ? Named : "Cpu"));
    }

    private static void Fail(SessionOptions options, bool fails)
    {
        if (fails)
        {
            options.AddSessionConfigEntry("session.load_model_format", "ORT");
        }
    }

    private static SessionSettings Settings(params IReadOnlyList<string> providers)
    {
        ModelOptions options = new();
        foreach (var provider in providers)
        {
            options.ExecutionProviders.Add(provider);
        }

        return SessionSettings.From(options);
    }

    private static SessionSettings With(string provider, params (string Key, string Value)[] settings)
    {
        ModelOptions options = new() { ExecutionProviders = { provider } };
        options.ExecutionProviderOptions[provider] = settings.ToDictionary(static pair => pair.Key, static pair => pair.Value);
        return SessionSettings.From(options);
    }
}
