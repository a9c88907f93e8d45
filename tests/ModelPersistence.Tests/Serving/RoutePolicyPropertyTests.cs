using FsCheck;
using FsCheck.Fluent;

namespace ModelPersistence.Tests.Serving;

/// <summary>Whatever happens to a route, in whatever order. Found failures are shortened by FsCheck; a number is an event, see <see cref="RouteWorld.Happen"/>.</summary>
[CancelAfter(120_000)]
internal sealed class RoutePolicyPropertyTests
{
    private const int Walks = 20_000;
    private const int LongestWalk = 30;

    [Test]
    public void A_route_leads_only_to_what_can_serve_and_ends_where_it_should()
    {
        var events = Gen.Choose(0, 8 * 62).ListOf().Select(static list => list.Take(LongestWalk).ToList()).ToArbitrary();
        var loadable = Gen.Choose(0, 31).ToArbitrary();
        Prop.ForAll(events, loadable, static (walk, mask) =>
        {
            RouteWorld world = new();
            walk.ForEach(world.Happen);
            world.LetLoadsEnd(mask);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Walks));
    }

    [Test]
    public void An_alias_that_moves_any_number_of_times_settles_on_the_last()
    {
        var moves = Gen.Choose(0, 61).NonEmptyListOf().ToArbitrary();
        Prop.ForAll(moves, static walk =>
        {
            RouteWorld world = new(), calm = new();
            foreach (var move in walk)
            {
                world.Happen(8 * move);
            }

            calm.Happen(8 * walk[^1]);
            world.LetLoadsEnd(31);
            calm.LetLoadsEnd(31);
            return world.Serving.SequenceEqual(calm.Serving);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Walks / 10));
    }
}
