// Lets the native calls be compiled ahead of time together with the rest: they take plain values only.
[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]
