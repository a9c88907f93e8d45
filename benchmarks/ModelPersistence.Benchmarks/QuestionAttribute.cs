namespace ModelPersistence.Benchmarks;

/// <summary>The one question a suite answers, and the name of the file with the answer.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class QuestionAttribute(string file, string text) : Attribute
{
    public string File => file;

    public string Text => text;
}
