using System.Globalization;
using System.Text;
using ModelPersistence.AspNetCore.Tensors;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>What is written reads back as the same number, in as few digits as the framework takes.</summary>
[TestFixture]
internal sealed class RealJsonTests
{
    [Test]
    public void Floats_of_every_size_are_written_in_their_shortest_form()
    {
        Random random = new(4);
        for (var i = 0; i < 300_000; i++)
        {
            Require(BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)));
            Require((random.NextSingle() * 2) - 1);
            Require(random.Next(-100_000, 100_000) / 1000f);
        }
    }

    [Test]
    public void Powers_of_two_and_of_ten_and_their_neighbours_are_written_in_their_shortest_form()
    {
        var powers = Enumerable.Range(-149, 277).Select(static n => MathF.ScaleB(1, n)).Concat(Enumerable.Range(-45, 84).Select(static n => (float)Math.Pow(10, n)));
        foreach (var power in powers)
        {
            Array.ForEach([MathF.BitDecrement(power), power, MathF.BitIncrement(power), -power], Require);
        }

        Array.ForEach([float.Epsilon, float.MaxValue, float.MinValue, 1.17549435E-38f, 1.1754942E-38f], Require);
    }

    [TestCase(0f, "0")]
    [TestCase(-0f, "-0")]
    [TestCase(1f, "1")]
    [TestCase(-1.5f, "-1.5")]
    [TestCase(100f, "100")]
    [TestCase(16777216f, "16777216")]
    [TestCase(123456790f, "123456790")]
    [TestCase(1E+09f, "1E9")]
    [TestCase(1.5E+10f, "1.5E10")]
    [TestCase(0.1f, "0.1")]
    [TestCase(0.00001f, "0.00001")]
    [TestCase(0.000001f, "1E-6")]
    [TestCase(1.5E-7f, "1.5E-7")]
    [TestCase(3.14159274f, "3.1415927")]
    [TestCase(float.NaN, "\"NaN\"")]
    [TestCase(float.NegativeInfinity, "\"-Infinity\"")]
    public void Floats_look_as_people_write_them(float value, string expected) => Assert.That(Written(value), Is.EqualTo(expected));

    private static void Require(float value)
    {
        if (!float.IsFinite(value))
        {
            return;
        }

        var text = Written(value);
        if (BitConverter.SingleToInt32Bits(float.Parse(text, CultureInfo.InvariantCulture)) != BitConverter.SingleToInt32Bits(value)
            || Digits(text) != Digits(value.ToString("R", CultureInfo.InvariantCulture)))
        {
            Assert.Fail($"{value:R} was written as {text}.");
        }
    }

    private static string Written(float value)
    {
        var json = new byte[IElementJson<float>.MaxLength];
        return Encoding.UTF8.GetString(json, 0, RealJson.Write(json, value));
    }

    private static string Digits(string text) => string.Concat(text.TakeWhile(static c => c != 'E').Where(char.IsAsciiDigit)).Trim('0');
}
