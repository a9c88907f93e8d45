using FsCheck;
using FsCheck.Fluent;
using ModelPersistence.Models;

namespace ModelPersistence.Tests.Models;

/// <summary>Whatever text arrives: it parses, or FormatException; and what parsed never leads out of a folder.</summary>
[TestFixture]
public sealed class ParsingFuzzTests
{
    private const int Runs = 5_000;

    private static readonly string[] Seeds =
    [
        "sentiment:stable", "a:1.2.3-rc.1", "a:1.*", "a:1.2.*", "../a:..", "a:..", "con:aux", "a:1.2.3+x", "x@sha256:" + new string('a', 64),
        "a:1.0.0@sha256:" + new string('0', 64), "a/../b", "c:\\x", "\\\\host\\share", "a:%2e%2e%2f", "a:\u2024\u2024/", "a\0b", "1.0.0-a.b", ".", "..",
    ];

    private static readonly char[] Nasty = ['/', '\\', ':', '.', '*', '@', '\0', '-', '+', ' ', 'A', 'a', '0', '9', '\uD800', '\u2215', '\n', '~'];

    private static Arbitrary<string> Texts => Gen.OneOf(
        ArbMap.Default.GeneratorFor<string>().Select(static text => text ?? ""),
        from seed in Gen.Elements(Seeds)
        from at in Gen.Choose(0, 100)
        from nasty in Gen.Elements(Nasty)
        from insert in Gen.Elements(true, false)
        select Mutate(seed, at, nasty, insert),
        Gen.ArrayOf(Gen.Elements(Nasty)).Select(static characters => new string(characters))).ToArbitrary();

    [Test]
    [CancelAfter(60_000)]
    public void A_reference_parses_or_is_refused_in_one_way() => Check(static text =>
    {
        try
        {
            var reference = ModelReference.Parse(text);
            return ModelReference.Parse(reference.ToString()).Equals(reference) && IsSegment(reference.Name) && IsSegment(reference.Selector);
        }
        catch (FormatException)
        {
            return !ModelReference.TryParse(text, out _);
        }
    });

    [Test]
    [CancelAfter(60_000)]
    public void A_version_parses_or_is_refused_in_one_way() => Check(static text =>
    {
        try
        {
            var version = ModelVersion.Parse(text);
            return version.ToString() == text && IsSegment(text);
        }
        catch (FormatException)
        {
            return !ModelVersion.TryParse(text, out _);
        }
    });

    [Test]
    [CancelAfter(60_000)]
    public void A_selector_is_a_version_an_alias_or_a_range_and_never_two_of_them() => Check(static text =>
        !ModelSelector.TryParse(text, out var selector)
        || (IsSegment(selector.Text) && new[] { selector.Version is not null, selector.Alias is not null, selector.IsRange }.Count(static holds => holds) == 1));

    [Test]
    [CancelAfter(60_000)]
    public void A_digest_parses_or_is_refused_in_one_way() => Check(static text =>
    {
        try
        {
            return Sha256Digest.Parse(text).Hex == text || Sha256Digest.Parse(text).ToString() == text;
        }
        catch (FormatException)
        {
            return !Sha256Digest.TryParse(text, out _);
        }
    });

    [Test]
    [CancelAfter(60_000)]
    public void A_safe_path_stays_in_its_folder() => Check(static text =>
        SafePath.WhyUnsafe(text) is not null
        || Path.GetFullPath(text, "/root/of/tree").StartsWith("/root/of/tree/", StringComparison.Ordinal));

    [Test]
    [CancelAfter(60_000)]
    public void Text_for_messages_is_bounded_and_has_no_control_characters() => Check(static text =>
        ModelName.Printable(text) is { Length: <= 81 } shown && !shown.Any(char.IsControl));

    private static void Check(Func<string, bool> property) =>
        Prop.ForAll(Texts, property).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs));

    private static bool IsSegment(string text) =>
        text.Length > 0 && text is not ("." or "..") && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '*');

    private static string Mutate(string seed, int at, char nasty, bool insert)
    {
        at %= seed.Length;
        return insert ? seed.Insert(at, nasty.ToString()) : string.Concat(seed.AsSpan(0, at), nasty.ToString(), seed.AsSpan(at + 1));
    }
}
