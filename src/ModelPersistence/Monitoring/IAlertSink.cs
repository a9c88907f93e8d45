namespace ModelPersistence.Monitoring;

/// <summary>
/// Hears of alerts. Register as many as needed as singletons: <c>services.AddSingleton&lt;IAlertSink, MySink&gt;()</c>. Each has a queue of its own, which
/// holds 256 alerts and loses the oldest beyond, so that a slow sink delays nobody but itself.
/// </summary>
public interface IAlertSink
{
    /// <summary>
    /// Takes an alert that was raised, or one that was resolved (<see cref="Alert.ResolvedAt"/> is set). Called for one alert at a time, in order. What it
    /// throws is logged, and the alert counts as lost: retrying is the sink's own business.
    /// </summary>
    /// <param name="alert">The alert.</param>
    /// <param name="cancellationToken">Cancelled when the host goes down and one second has passed.</param>
    Task SendAsync(Alert alert, CancellationToken cancellationToken);
}
