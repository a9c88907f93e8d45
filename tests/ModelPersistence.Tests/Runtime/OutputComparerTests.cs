using System.Runtime.InteropServices;
using ModelPersistence.Models;
using ModelPersistence.Runtime;

namespace ModelPersistence.Tests.Runtime;

[CancelAfter(10_000)]
public class OutputComparerTests
{
    private const float NaN = float.NaN;
    private const float Infinity = float.PositiveInfinity;

    [TestCase(new[] { 1f, 2f }, new[] { 1f, 2f }, true, TestName = "Equal_bits_are_equal")]
    [TestCase(new[] { 1.000009f, 100f }, new[] { 1f, 100f }, true, TestName = "The_tolerance_follows_the_largest_magnitude_of_the_output")]
    [TestCase(new[] { 1.002f, 100f }, new[] { 1f, 100f }, false, TestName = "Beyond_the_tolerance_is_unequal")]
    [TestCase(new[] { 1.00002f }, new[] { 1f }, false, TestName = "A_small_output_gets_a_small_tolerance")]
    [TestCase(new[] { 5e-7f }, new[] { 0f }, true, TestName = "Around_zero_the_absolute_tolerance_counts")]
    [TestCase(new[] { 5e-6f }, new[] { 0f }, false, TestName = "Around_zero_more_than_the_absolute_tolerance_is_unequal")]
    [TestCase(new[] { NaN, 1f }, new[] { NaN, 1f }, true, TestName = "NaN_at_the_same_place_is_equal")]
    [TestCase(new[] { NaN, 1f }, new[] { 1f, NaN }, false, TestName = "NaN_at_another_place_is_unequal")]
    [TestCase(new[] { NaN }, new[] { 1f }, false, TestName = "NaN_instead_of_a_number_is_unequal")]
    [TestCase(new[] { 1f }, new[] { NaN }, false, TestName = "A_number_instead_of_NaN_is_unequal")]
    [TestCase(new[] { Infinity, 1.000001f }, new[] { Infinity, 1f }, true, TestName = "Infinities_are_equal_and_do_not_widen_the_tolerance_of_their_neighbours")]
    [TestCase(new[] { Infinity, 2f }, new[] { Infinity, 1f }, false, TestName = "An_infinity_does_not_hide_a_difference")]
    [TestCase(new[] { Infinity }, new[] { -Infinity }, false, TestName = "Infinities_of_other_sign_are_unequal")]
    public void Floats(float[] actual, float[] expected, bool equal) =>
        Assert.That(OutputComparer.WhyUnequal(Outputs(actual), Outputs(expected)), equal ? Is.Null : Does.StartWith("output 'y' differs"));

    [Test]
    public void Bits_that_differ_but_not_by_value_are_equal() =>
        Assert.That(OutputComparer.WhyUnequal(Outputs([NaN, 0f]), Outputs([BitConverter.Int32BitsToSingle(0x7FC00001), -0f])), Is.Null);

    [Test]
    public void A_sample_brings_its_own_tolerances_by_element()
    {
        var (actual, expected) = (Outputs([1.05f, 100f]), Outputs([1f, 100f]));
        using var all = Assert.EnterMultipleScope();
        Assert.That(OutputComparer.WhyUnequal(actual, expected, rtol: 0.1), Is.Null);
        Assert.That(OutputComparer.WhyUnequal(actual, expected, rtol: 0.01), Does.Contain("element 0"));
        Assert.That(OutputComparer.WhyUnequal(actual, expected, atol: 0.1), Is.Null);
    }

    [Test]
    public void Halves_and_brain_floats_are_compared_in_their_own_precision()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(OutputComparer.WhyUnequal(Tensor<Half>("float16", [(Half)1.001f]), Tensor<Half>("float16", [(Half)1f])), Is.Null);
        Assert.That(OutputComparer.WhyUnequal(Tensor<Half>("float16", [(Half)1.01f]), Tensor<Half>("float16", [(Half)1f])), Is.Not.Null);
        Assert.That(OutputComparer.WhyUnequal(Tensor<ushort>("bfloat16", [0x3F81]), Tensor<ushort>("bfloat16", [0x3F80])), Is.Null);
        Assert.That(OutputComparer.WhyUnequal(Tensor<ushort>("bfloat16", [0x3F90]), Tensor<ushort>("bfloat16", [0x3F80])), Is.Not.Null);
        Assert.That(OutputComparer.WhyUnequal(Tensor<double>("double", [1 + 1e-8]), Tensor<double>("double", [1.0])), Is.Not.Null);
        Assert.That(OutputComparer.WhyUnequal(Tensor<double>("double", [1 + 1e-12]), Tensor<double>("double", [1.0])), Is.Null);
    }

    [Test]
    public void Integers_are_exact_unless_a_sample_allows_more()
    {
        var (actual, expected) = (Tensor<byte>("uint8", [7]), Tensor<byte>("uint8", [8]));
        using var all = Assert.EnterMultipleScope();
        Assert.That(OutputComparer.WhyUnequal(actual, expected), Does.Contain("element 0: 7 instead of 8"));
        Assert.That(OutputComparer.WhyUnequal(actual, expected, atol: 1), Is.Null);
        Assert.That(OutputComparer.WhyUnequal(Tensor<sbyte>("int8", [-1]), Tensor<sbyte>("int8", [1]), atol: 1), Is.Not.Null);
        Assert.That(OutputComparer.WhyUnequal(Tensor<long>("int64", [long.MinValue]), Tensor<long>("int64", [long.MaxValue]), atol: 1), Is.Not.Null);
    }

    [Test]
    public void Shapes_types_and_missing_outputs_are_told()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(OutputComparer.WhyUnequal(Outputs([1f]), Outputs([1f, 2f])), Does.Contain("shape [1] instead of [2]"));
        Assert.That(OutputComparer.WhyUnequal(Tensor<int>("int32", [1]), Outputs([1f])), Does.Contain("of int32 instead of float"));
        Assert.That(OutputComparer.WhyUnequal(new Dictionary<string, TensorValue>(), Outputs([1f])), Is.EqualTo("output 'y' is missing"));
        Assert.That(OutputComparer.WhyUnequal(Outputs([1f]), new Dictionary<string, TensorValue>()), Is.Null);
        Assert.That(OutputComparer.WhyUnequal(Outputs([1f]), Outputs([2f]), shapesOnly: true), Is.Null);
    }

    [Test]
    public void Strings_are_exact()
    {
        using var all = Assert.EnterMultipleScope();
        Assert.That(OutputComparer.WhyUnequal(Strings("a", "b"), Strings("a", "b")), Is.Null);
        Assert.That(OutputComparer.WhyUnequal(Strings("a", "b"), Strings("a", "B")), Does.Contain("element 1: 'b' instead of 'B'"));
    }

    private static Dictionary<string, TensorValue> Outputs(float[] values) => Tensor<float>("float", values);

    private static Dictionary<string, TensorValue> Tensor<T>(string type, ReadOnlySpan<T> values)
        where T : unmanaged =>
        new() { ["y"] = new TensorValue { ElementType = type, Shape = [values.Length], Data = MemoryMarshal.AsBytes(values).ToArray() } };

    private static Dictionary<string, TensorValue> Strings(params string[] values) =>
        new() { ["y"] = new TensorValue { ElementType = "string", Shape = [values.Length], Strings = values } };
}
