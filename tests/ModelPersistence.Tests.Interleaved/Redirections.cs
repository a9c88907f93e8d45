// The linked sources see these in place of what they name.
global using InferenceSession = ModelPersistence.Tests.Interleaved.FakeSession;
global using Interlocked = ModelPersistence.Tests.Interleaved.ScheduledInterlocked;
global using NativeHeap = ModelPersistence.Tests.Interleaved.NoHeap;
global using OpenedSession = ModelPersistence.Tests.Interleaved.FakeOpenedSession;
global using RunOptions = ModelPersistence.Tests.Interleaved.NoOptions;
global using ThreadPool = ModelPersistence.Tests.Interleaved.ScheduledThreadPool;
global using Volatile = ModelPersistence.Tests.Interleaved.ScheduledVolatile;
