using System.Text.RegularExpressions;
using ModelPersistence.Tests.Support;

namespace ModelPersistence.Tests.Architecture;

/// <summary>The folders under src/ModelPersistence are rooms: each knows only those before it.</summary>
[TestFixture]
public sealed partial class RoomTests
{
    private static readonly string[] Order =
    [
        "Models", "Telemetry", "Repositories", "Http", "Integrity", "Configuration", "Transfer", "Store", "Publishing", "Runtime", "Preparation", "Sessions", "Serving", "Startup", "Monitoring", "Diagnostics",
        "DependencyInjection",
    ];

    /// <summary>Rooms that know less than all before them.</summary>
    private static readonly Dictionary<string, string[]> Narrower = new()
    {
        ["Telemetry"] = ["Models"],
        ["Integrity"] = ["Models"],
        ["Http"] = ["Models", "Repositories"],
        ["Configuration"] = ["Models", "Repositories"],
    };

    [Test]
    public void Every_room_has_its_place_in_the_order()
    {
        var rooms = Sources().Select(static source => source.Room).Distinct().Where(static room => room.Length > 0);
        Assert.That(rooms.Except(Order), Is.Empty, "A new room needs a place in RoomTests.Order.");
    }

    [Test]
    public void A_room_knows_only_those_before_it() =>
        Assert.That(Sources().SelectMany(source => Violations(source.Room, source.Path, source.Text)), Is.Empty);

    [Test]
    public void The_namespace_of_a_file_is_its_room()
    {
        var misplaced = Sources()
            .Where(static source => source.Room.Length > 0)
            .Where(static source => NamespacePattern().Match(source.Text).Groups[1].Value is var space
                && space != $"ModelPersistence.{source.Room}"
                && !(source.Room == "DependencyInjection" && space == "Microsoft.Extensions.DependencyInjection"))
            .Select(static source => source.Path);
        Assert.That(misplaced, Is.Empty);
    }

    [TestCase("Models", "using ModelPersistence.Serving;", true)]
    [TestCase("Models", "var x = global::ModelPersistence.Store.LocalModel.X;", true)]
    [TestCase("Models", "Serving.ModelLease lease;", true)]
    [TestCase("Integrity", "using ModelPersistence.Repositories;", true)]
    [TestCase("Configuration", "using ModelPersistence.Integrity;", true)]
    [TestCase("Store", "using static ModelPersistence.Runtime.ModelRun;", true)]
    [TestCase("Serving", "using Lease = ModelPersistence.Startup.StartupPhase;", true)]
    [TestCase("Store", "using ModelPersistence.Models;", false)]
    [TestCase("Serving", "using ModelPersistence.Serving;", false)]
    [TestCase("Models", "// See ModelPersistence.Serving for more.", false)]
    [TestCase("Models", "options.Serving.Count();", false)]
    [TestCase("Models", "foreach (var x in Store.Items) { }", false)]
    [TestCase("Models", "const string Name = \"ModelPersistence.Serving\";", false)]
    public void The_check_tells_what_is_allowed(string room, string line, bool violates) =>
        Assert.That(Violations(room, "File.cs", line).Any(), Is.EqualTo(violates));

    private static IEnumerable<string> Violations(string room, string path, string text)
    {
        var place = Array.IndexOf(Order, room);
        var known = Narrower.GetValueOrDefault(room) ?? Order[..Math.Max(place, 0)];
        var code = CommentOrString().Replace(text, static match => match.Value[0] is '"' or '$' or '@' ? "\"\"" : "");
        foreach (var forbidden in Order.Except(known).Where(other => other != room && room.Length > 0))
        {
            if (Regex.IsMatch(code, $@"\bModelPersistence\.{forbidden}\b")
                || Regex.Matches(code, $@"(?<![\w.]){forbidden}\.(\w+)").Any(match => TypesOf(forbidden).Contains(match.Groups[1].Value)))
            {
                yield return $"{path}: {room} must not know {forbidden}";
            }
        }
    }

    private static HashSet<string> TypesOf(string room) =>
        typeof(ModelPersistence.Models.ModelReference).Assembly.GetTypes()
            .Where(type => type.Namespace == $"ModelPersistence.{room}")
            .Select(static type => type.Name.Split('`')[0])
            .Append(room == "Serving" ? "ModelLease" : "")
            .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<(string Room, string Path, string Text)> Sources()
    {
        var root = Path.Combine(SourceTree.Root, "src", "ModelPersistence");
        return SourceTree.SourcesOf("ModelPersistence").Select(path =>
        {
            var relative = Path.GetRelativePath(root, path).Replace('\\', '/');
            return (relative.Contains('/', StringComparison.Ordinal) ? relative[..relative.IndexOf('/', StringComparison.Ordinal)] : "", relative, File.ReadAllText(path));
        });
    }

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|""(?:\\.|[^""\\\n])*""", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();
}
