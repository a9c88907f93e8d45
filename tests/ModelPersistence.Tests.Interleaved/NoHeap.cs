namespace ModelPersistence.Tests.Interleaved;

internal static class NoHeap
{
    public static void Trim()
    {
    }
}
