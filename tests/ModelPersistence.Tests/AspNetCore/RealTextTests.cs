using System.Globalization;
using System.Text;
using ModelPersistence.AspNetCore.Tensors;

namespace ModelPersistence.Tests.AspNetCore;

/// <summary>The short way from text to a number must come to the very number that the framework comes to.</summary>
[TestFixture]
internal sealed class RealTextTests
{
    private const int Count = 200_000;

    [Test]
    public void Every_float_is_read_from_every_form_it_is_written_in()
    {
        Random random = new(1);
        for (var i = 0; i < Count; i++)
        {
            var value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            if (float.IsFinite(value))
            {
                // As single, as double (what languages without single write), and with digits to spare.
                RequireFloat(value.ToString("R", CultureInfo.InvariantCulture));
                RequireFloat(((double)value).ToString("R", CultureInfo.InvariantCulture));
                RequireFloat(value.ToString("E12", CultureInfo.InvariantCulture));
            }
        }
    }

    [Test]
    public void Numbers_midway_between_two_floats_are_rounded_as_the_framework_does()
    {
        Random random = new(2);
        for (var i = 0; i < Count; i++)
        {
            var value = (float)Math.Pow(10, random.NextDouble() * 60 - 30);
            var midway = ((double)value + MathF.BitIncrement(value)) / 2;
            foreach (var near in new[] { midway, Math.BitIncrement(midway), Math.BitDecrement(midway) })
            {
                RequireFloat(near.ToString("R", CultureInfo.InvariantCulture));
            }

            RequireFloat(((decimal)(random.NextDouble() * 1e6)).ToString(CultureInfo.InvariantCulture));
        }
    }

    [TestCase("0")]
    [TestCase("-0")]
    [TestCase("-0.0")]
    [TestCase("0e5")]
    [TestCase("1e-60")]
    [TestCase("3.4028235677973366e38")]
    [TestCase("3.4028235e38")]
    [TestCase("1e39")]
    [TestCase("1e400")]
    [TestCase("-1e99999999999")]
    [TestCase("1e-99999999999")]
    [TestCase("1.17549435e-38")]
    [TestCase("1.1754942e-38")]
    [TestCase("1.4e-45")]
    [TestCase("0.7e-45")]
    [TestCase("9007199791611905")]
    [TestCase("123456789012345678901234567890")]
    [TestCase("0.000000000000000000000000000000000000000000001")]
    [TestCase("16777217.000000000000000000000000000000001")]
    [TestCase("12345678.12345678")]
    [TestCase("9999999999999999999")]
    [TestCase("99999999.99999999999")]
    public void Numbers_at_the_borders_are_read_as_the_framework_does(string text)
    {
        RequireFloat(text);
        RequireDouble(text);
    }

    [Test]
    public void Every_double_is_read_from_the_form_it_is_written_in()
    {
        Random random = new(3);
        for (var i = 0; i < Count; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
            {
                RequireDouble(value.ToString("R", CultureInfo.InvariantCulture));
                RequireDouble(Math.Round(random.NextDouble() * 1000, 6).ToString("R", CultureInfo.InvariantCulture));
            }
        }
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("+1")]
    [TestCase(".5")]
    [TestCase("1.")]
    [TestCase("01")]
    [TestCase("-01")]
    [TestCase("1e")]
    [TestCase("1e+")]
    [TestCase("NaN")]
    [TestCase("Infinity")]
    [TestCase("0x10")]
    public void What_is_no_number_of_JSON_is_not_read(string text)
    {
        var (json, at) = (Encoding.UTF8.GetBytes(text), 0);
        Assert.That(RealText.TryRead(json, ref at, out float _) && at == json.Length, Is.False);
    }

    private static void RequireFloat(string text)
    {
        var (json, at) = (Encoding.UTF8.GetBytes(text), 0);
        var expected = float.Parse(text, CultureInfo.InvariantCulture);
        var isRead = RealText.TryRead(json, ref at, out float value);
        if (isRead != float.IsFinite(expected) || at != json.Length || (isRead && BitConverter.SingleToInt32Bits(value) != BitConverter.SingleToInt32Bits(expected)))
        {
            Assert.Fail($"'{text}' was read as {value:R} ({isRead}, {at} characters), but it is {expected:R}.");
        }
    }

    private static void RequireDouble(string text)
    {
        var (json, at) = (Encoding.UTF8.GetBytes(text), 0);
        var expected = double.Parse(text, CultureInfo.InvariantCulture);
        var isRead = RealText.TryRead(json, ref at, out double value);
        if (isRead != double.IsFinite(expected) || at != json.Length || (isRead && BitConverter.DoubleToInt64Bits(value) != BitConverter.DoubleToInt64Bits(expected)))
        {
            Assert.Fail($"'{text}' was read as {value:R} ({isRead}, {at} characters), but it is {expected:R}.");
        }
    }
}
