namespace ModelPersistence.Endpoint.Servers;

/// <summary>The programs that are measured, as they are named on the command line.</summary>
internal static class ServerNames
{
    public const string Verb = "serve";
    public const string Own = "own";
    public const string Plain = "plain";
    public const string Start = "start";
    public const string First = "first";
    public const string Listened = "listened";
}
