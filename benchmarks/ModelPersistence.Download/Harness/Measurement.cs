namespace ModelPersistence.Download.Harness;

/// <summary>What one download cost.</summary>
/// <param name="Process">Milliseconds from just before the process was started until it had ended.</param>
/// <param name="Transfer">Milliseconds from the first request until the files were complete, where the process says so; else the whole process.</param>
/// <param name="Cpu">Seconds of processor time, user and system, with what it started.</param>
/// <param name="Peak">The most memory it had resident, in MB; of several processes the sum.</param>
/// <param name="Server">Processor seconds that the server took meanwhile, and the harness; null when its processes are not known.</param>
/// <param name="Others">Processor seconds that everybody else took meanwhile: how quiet the machine was not; null where the server's are.</param>
internal sealed record Measurement(double Process, double Transfer, double Cpu, double Peak, double? Server, double? Others);
