namespace ModelPersistence.Tests.Interleaved;

/// <summary>Who does what at the same time. Each returns how many states it can come to, and throws where one of them must not be.</summary>
public static class SlotScenarios
{
    /// <summary>Two ask, use and give back while somebody else swaps twice and then withdraws.</summary>
    public static int ReadersBesideSwaps() => Exploration.Of(static () =>
    {
        SlotScene scene = new();
        Schedule schedule = new(scene);
        schedule.Add("reader", Read);
        schedule.Add("reader", Read);
        schedule.Add("publisher", () =>
        {
            scene.Publish();
            scene.Publish();
            scene.Withdraw();
        });
        return schedule;

        void Read()
        {
            if (scene.Lease() is { } lease)
            {
                SlotScene.Use(lease);
                scene.GiveBack(lease);
            }
        }
    });

    /// <summary>Three ask and give back while somebody else swaps once and then withdraws.</summary>
    public static int ThreeReadersBesideASwap() => Exploration.Of(static () =>
    {
        SlotScene scene = new();
        Schedule schedule = new(scene);
        for (var i = 0; i < 3; i++)
        {
            schedule.Add("reader", () =>
            {
                if (scene.Lease() is { } lease)
                {
                    scene.GiveBack(lease);
                }
            });
        }

        schedule.Add("publisher", () =>
        {
            scene.Publish();
            scene.Withdraw();
        });
        return schedule;
    });

    /// <summary>One lease is given back by two at once, while another one is out and the model is withdrawn.</summary>
    public static int OneLeaseGivenBackTwice() => Exploration.Of(static () =>
    {
        SlotScene scene = new();
        Schedule schedule = new(scene);
        var (twice, other) = (scene.Lease()!, scene.Lease()!);
        schedule.Add("owner", () => scene.GiveBack(twice));
        schedule.Add("owner", () => scene.GiveBack(twice));
        schedule.Add("another lease", () =>
        {
            SlotScene.Use(other);
            scene.GiveBack(other);
        });
        schedule.Add("withdrawal", scene.Withdraw);
        return schedule;
    });

    /// <summary>A lease is given back by another thread while a run is under way on it, and the model is withdrawn.</summary>
    public static int ARunWhoseLeaseIsGivenBack() => Exploration.Of(static () =>
    {
        SlotScene scene = new();
        Schedule schedule = new(scene);
        var lease = scene.Lease()!;
        schedule.Add("run", () =>
        {
            try
            {
                scene.Run(lease);
            }
            catch (ObjectDisposedException)
            {
                // The lease was given back before the run had begun: the caller is told.
                return;
            }
        });
        schedule.Add("disposal of the lease", () => scene.GiveBack(lease));
        schedule.Add("withdrawal", scene.Withdraw);
        return schedule;
    });

    /// <summary>Two publish and a third withdraws: what comes too late is not taken, and ends all the same.</summary>
    public static int TwoPublishersAndAWithdrawal() => Exploration.Of(static () =>
    {
        SlotScene scene = new();
        Schedule schedule = new(scene);
        schedule.Add("publisher", scene.Publish);
        schedule.Add("publisher", scene.Publish);
        schedule.Add("withdrawal", scene.Withdraw);
        schedule.Add("reader", () =>
        {
            if (scene.Lease() is { } lease)
            {
                scene.GiveBack(lease);
            }
        });
        return schedule;
    });

    /// <summary>Two ask and give back while somebody unloads the model as soon as it is idle, and somebody else publishes a better session.</summary>
    public static int AnEvictionBesideReadersAndASwap() => Exploration.Of(static () =>
    {
        SlotScene scene = new();
        scene.GiveBack(scene.Lease()!);
        Schedule schedule = new(scene);
        schedule.Add("eviction", scene.Evict);
        schedule.Add("publisher", scene.Publish);
        for (var i = 0; i < 2; i++)
        {
            schedule.Add("reader", () =>
            {
                if (scene.Lease() is { } lease)
                {
                    SlotScene.Use(lease);
                    scene.GiveBack(lease);
                }
            });
        }

        return schedule;
    });
}
