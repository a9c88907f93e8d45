using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ModelPersistence.Tests.Documentation;

/// <summary>The snippets of docs/s3.md, compiled. A test compares them.</summary>
internal static class S3Snippets
{
    public static void Production(HostApplicationBuilder builder)
    {
        // <s3>
        builder.Services.AddModelManagement()
            .AddS3(o =>
            {
                o.BucketName = "models";
                o.Prefix = "prod/";
                o.Region = "eu-central-1";
            })
            .AddModel("sentiment:stable", m => m.Critical());
        // </s3>
    }
}
