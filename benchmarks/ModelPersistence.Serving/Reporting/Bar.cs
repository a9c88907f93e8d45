namespace ModelPersistence.Serving.Reporting;

/// <summary>A goal with what was measured.</summary>
/// <param name="Question">What is asked.</param>
/// <param name="Limit">The goal.</param>
/// <param name="Measured">The figure.</param>
/// <param name="IsMet">Whether it meets the goal.</param>
internal sealed record Bar(string Question, string Limit, string Measured, bool IsMet);
