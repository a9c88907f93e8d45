using ModelPersistence.Serving.Harness;

namespace ModelPersistence.Serving.Budgeting;

/// <summary>What was seen in one part.</summary>
/// <param name="Tally">What the clients saw; refusals are not in it.</param>
/// <param name="Refusals">How many requests were refused for want of memory, with a promise that a later one may fare better.</param>
/// <param name="Sampler">What was held.</param>
/// <param name="PrivateBefore">The process's private memory with the clients at work on one model, without what that one had claimed.</param>
/// <param name="Loads">How many loads came to serve.</param>
/// <param name="Unloads">How many models were unloaded.</param>
internal sealed record BudgetOutcome(Tally Tally, long Refusals, BudgetSampler Sampler, long PrivateBefore, int Loads, int Unloads);
