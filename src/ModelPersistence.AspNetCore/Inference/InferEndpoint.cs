using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ModelPersistence.Serving;

namespace ModelPersistence.AspNetCore.Inference;

/// <summary>Runs a model for a request: read, lease, check, run, give the lease back, write.</summary>
internal sealed class InferEndpoint(ModelAccess models, RequestGate gate, MemoryGate memory, InferenceProtocolOptions options, ILogger logger)
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
            using RequestMemory held = new(memory);
            using var response = await InferAsync(reference, version, context, held).ConfigureAwait(false);
            await response.WriteAsync(context).ConfigureAwait(false);
        }
        finally
        {
            gate.Leave();
        }
    }

    private async ValueTask<InferenceResponse> InferAsync(string reference, string? version, HttpContext context, RequestMemory held)
    {
        var request = await ReadAsync(context, held).ConfigureAwait(false);
        var response = default(InferenceResponse);
        try
        {
            return response = await InferAsync(reference, version, request, context, held).ConfigureAwait(false);
        }
        finally
        {
            if (response is not { OwnsRequest: true })
            {
                request.Dispose();
            }
        }
    }

    private async ValueTask<InferenceResponse> InferAsync(string reference, string? version, InferenceRequest request, HttpContext context, RequestMemory held)
    {
        var affinityKey = request.AffinityKey ?? (context.Request.Headers.TryGetValue(options.AffinityHeader, out var header) && header.Count > 0 ? header.ToString() : null);

        // Given back before the answer is sent: how fast a client reads is no reason to keep a session or a tensor.
        using var lease = await models.GetAsync(reference, version, affinityKey, context).ConfigureAwait(false);
        return await RunAsync(lease, request, context, held).ConfigureAwait(false);
    }

    private async ValueTask<InferenceRequest> ReadAsync(HttpContext context, RequestMemory held)
    {
        using var body = await RequestBody.ReadAsync(context, options.MaxRequestBytes, held).ConfigureAwait(false);
        return RequestParser.Parse(body.Bytes, options.MaxTensorBytes, held);
    }

    private async ValueTask<InferenceResponse> RunAsync(ModelLease lease, InferenceRequest request, HttpContext context, RequestMemory held)
    {
        var signature = ModelSignature.Of(lease.Session);
        var outputs = signature.Check(request);
        await gate.BeginRunAsync(context).ConfigureAwait(false);
        try
        {
            return new InferenceResponse(lease, request, Taken(Run(lease, request, outputs), held));
        }
        finally
        {
            gate.EndRun();
        }
    }

    // How large they are shows only now; where many clients read slowly, it is outputs that fill the memory.
    private static ModelOutputs Taken(ModelOutputs outputs, RequestMemory held)
    {
        try
        {
            held.Take(OutputBytes.Of(outputs));
            return outputs;
        }
        catch
        {
            outputs.Dispose();
            throw;
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
