using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Serving;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Runs a model for a request: read, lease, check, run, give the lease back, write.</summary>
internal sealed class InferEndpoint(ModelAccess models, RequestGate gate, InferenceProtocolOptions options, ILogger logger)
{
    public async Task HandleAsync(HttpContext context)
    {
        JsonContent.Require(context.Request);
        var name = (string)context.GetRouteValue("model")!;
        var version = (string?)context.GetRouteValue("version");
        gate.Enter();
        try
        {
            // Whoever asks for nothing that there is need not send it all.
            var reference = models.Exposed.Resolve(name, version);
            using var response = await InferAsync(reference, version, context).ConfigureAwait(false);
            await response.WriteAsync(context).ConfigureAwait(false);
        }
        finally
        {
            gate.Leave();
        }
    }

    private async ValueTask<InferenceResponse> InferAsync(string reference, string? version, HttpContext context)
    {
        var request = await ReadAsync(context).ConfigureAwait(false);
        var response = default(InferenceResponse);
        try
        {
            return response = await InferAsync(reference, version, request, context).ConfigureAwait(false);
        }
        finally
        {
            if (response is not { OwnsRequest: true })
            {
                request.Dispose();
            }
        }
    }

    private async ValueTask<InferenceResponse> InferAsync(string reference, string? version, InferenceRequest request, HttpContext context)
    {
        var affinityKey = request.AffinityKey ?? (context.Request.Headers.TryGetValue(options.AffinityHeader, out var header) && header.Count > 0 ? header.ToString() : null);

        // Given back before the answer is sent: how fast a client reads is no reason to keep a session or a tensor.
        using var lease = await models.GetAsync(reference, version, affinityKey, context).ConfigureAwait(false);
        return await RunAsync(lease, request, context).ConfigureAwait(false);
    }

    private async ValueTask<InferenceRequest> ReadAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context, options.MaxRequestBytes).ConfigureAwait(false);
        return RequestParser.Parse(body.Bytes, options.MaxTensorBytes);
    }

    private async ValueTask<InferenceResponse> RunAsync(ModelLease lease, InferenceRequest request, HttpContext context)
    {
        var signature = ModelSignature.Of(lease.Session);
        var outputs = signature.Check(request);
        await gate.BeginRunAsync(context).ConfigureAwait(false);
        try
        {
            return new InferenceResponse(lease, request, Run(lease, request, outputs));
        }
        finally
        {
            gate.EndRun();
        }
    }

    private ModelOutputs Run(ModelLease lease, InferenceRequest request, string[] outputs)
    {
        var names = new string[request.Inputs.Count];
        var values = new OrtValue[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            (names[i], values[i]) = (request.Inputs[i].Name, request.Inputs[i].Value);
        }

        try
        {
            return lease.Run(names, values, outputs);
        }
        catch (OnnxRuntimeException e) when (RunFault.Explain(e.Message) is { } explained)
        {
            AspNetCoreLog.InputsRefused(logger, e, lease.Name);
            throw explained;
        }
        catch (OnnxRuntimeException e)
        {
            AspNetCoreLog.RunFailed(logger, e, lease.Name);
            throw new ProtocolException(StatusCodes.Status500InternalServerError, "The model failed to run; the server's log says why.");
        }
    }
}
