namespace ModelPersistence.Download.Child;

/// <summary>What a measured process is to do, as <c>name=value</c> arguments. Parsed by hand: it is inside the measured time.</summary>
internal sealed class ChildOptions
{
    public const string Verb = "child";

    /// <summary>Who downloads and how; see <see cref="ChildProgram"/>.</summary>
    public string Way { get; private set; } = "";

    /// <summary>The server, with scheme and port.</summary>
    public string Endpoint { get; private set; } = "";

    public string Bucket { get; private set; } = "";

    /// <summary>The object, for the ways that fetch one.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The folder of objects, without a slash at its end, for the ways that fetch one.</summary>
    public string Prefix { get; private set; } = "";

    /// <summary>The model with its version, for the ways that ask the library.</summary>
    public string Reference { get; private set; } = "";

    /// <summary>The folder that the download goes to; it does not exist.</summary>
    public string Target { get; private set; } = "";

    /// <summary>Whether what was downloaded is flushed to the disk inside the measured time.</summary>
    public bool Flush { get; private set; }

    /// <summary>Whether the SDK asks for and checks the store's checksums, as it does by default.</summary>
    public bool Checksums { get; private set; } = true;

    /// <summary>Whether our transfer leaves the hashes out, which only this benchmark can do.</summary>
    public bool Unverified { get; private set; }

    public string AccessKey { get; private set; } = "anyone";

    public string SecretKey { get; private set; } = "nothing-is-secret-here";

    public static ChildOptions Parse(string[] arguments)
    {
        var options = new ChildOptions();
        foreach (var argument in arguments)
        {
            var split = argument.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = (argument[..split], argument[(split + 1)..]);
            switch (name)
            {
                case "way": options.Way = value; break;
                case "endpoint": options.Endpoint = value; break;
                case "bucket": options.Bucket = value; break;
                case "key": options.Key = value; break;
                case "prefix": options.Prefix = value; break;
                case "reference": options.Reference = value; break;
                case "target": options.Target = value; break;
                case "flush": options.Flush = value == "1"; break;
                case "checksums": options.Checksums = value == "1"; break;
                case "unverified": options.Unverified = value == "1"; break;
                case "access": options.AccessKey = value; break;
                case "secret": options.SecretKey = value; break;
                default: throw new ArgumentException($"'{name}' is no option of a child.");
            }
        }

        return options;
    }
}
