namespace ModelPersistence.Serving.Harness;

/// <summary>Leases for threads that may block.</summary>
internal static class Leases
{
    public static ModelLease Get(IModelProvider models, string reference)
    {
        // A warm call has completed already, and costs no task.
        var lease = models.GetAsync(reference);
        return lease.IsCompletedSuccessfully ? lease.Result : lease.AsTask().GetAwaiter().GetResult();
    }
}
