import { describe, expect, it } from "vitest";
import type { RunChange } from "../../src/run/run-store.ts";
import type { Mutation } from "./mutation.ts";
import { anyScenario } from "./scenario.ts";
import { simulate, SIMULATION_FAILED } from "./simulate.ts";

const MINUTES = 60_000;
const SEEDS = 300;

describe("what people are told of runs", () => {
  it("is all that happened, and nothing else, whatever fails and whoever dies", { timeout: 5 * MINUTES }, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { wrong } = await simulate(seed, anyScenario(seed, { couriers: 2 }));
      expect(wrong, `seed ${seed}`).toBeUndefined();
    }
  });

  it.each<[string, Mutation, RegExp]>([
    [
      "stored after what happened",
      { splits: apart(({ events, ...what }) => [what, { events: events! }]) },
      // By then something else may have happened, or its process have died.
      /nobody was told|before it happened/,
    ],
    [
      "stored before what happened",
      { splits: apart(({ events, ...what }) => [{ events: events! }, what]) },
      /before it happened/,
    ],
    ["forgotten before it is told", { ports: forgettingFirst }, /nobody was told/],
  ])("would not be if it were %s", { timeout: 5 * MINUTES }, async (_, mutation, expected) => {
    const wrongs = [];
    for (let seed = 1; seed <= SEEDS && wrongs.length === 0; seed++) {
      const { wrong } = await simulate(seed, anyScenario(seed, { couriers: 2 }), { mutation });
      if (wrong !== undefined && !wrong.startsWith(SIMULATION_FAILED)) wrongs.push(wrong);
    }

    expect(wrongs).toEqual([expect.stringMatching(expected)]);
  });
});

/** A skipped time is told of a run that stays as it is. */
function apart(split: (change: RunChange) => readonly RunChange[]): NonNullable<Mutation["splits"]> {
  return (change) => (change.run === undefined || !change.events?.length ? [change] : split(change));
}

function forgettingFirst(ports: Parameters<NonNullable<Mutation["ports"]>>[0]) {
  return {
    ...ports,
    sink: {
      async take(events: Parameters<typeof ports.sink.take>[0]) {
        await ports.outbox.delete(events);
        return ports.sink.take(events);
      },
    },
  };
}
