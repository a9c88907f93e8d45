using System.Text;
using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

/// <summary>Manifests for tests, as text.</summary>
internal static class Manifests
{
    public const string Digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public static ModelVersion One { get; } = ModelVersion.Parse("1.0.0");

    public static string File(string path, string size = "0", string chunks = "", string extra = "") =>
        $$"""{ "path": {{Quote(path)}}, "size": {{size}}, "sha256": "{{Digest}}", "chunks": [{{chunks}}]{{extra}} }""";

    public static string Json(string files, string name = "m", string version = "1.0.0", string entry = "model.onnx", string formatVersion = "1", string extra = "") =>
        $$"""
        { "formatVersion": {{formatVersion}}, "name": {{Quote(name)}}, "version": {{Quote(version)}}, "created": "2026-01-02T03:04:05+00:00",
          "entry": {{Quote(entry)}}, "files": [{{files}}]{{extra}} }
        """;

    public static ManifestDocument Parse(string json) => ManifestDocument.Parse("m", One, Encoding.UTF8.GetBytes(json));

    public static string Quote(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
