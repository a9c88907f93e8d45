using Amazon.Runtime;

namespace ModelPersistence.Aws;

/// <summary>Has the SDK send through a client that the connection owns.</summary>
internal sealed class SharedHttpClient(HttpClient client) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => client;

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
}
