import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explore } from "./explore.ts";
import type { Explored } from "./explore.ts";
import { INVARIANTS } from "./invariants.ts";
import { modelOf } from "./model.ts";
import { packingOf } from "./packing.ts";
import { rulesOf } from "./rules.ts";
import { StateSet } from "./state-set.ts";
import { ABORTING, COMMITTED, CREATE, PUBLISHED, RUNNING, initialState } from "./state.ts";
import type { State, Stored } from "./state.ts";
import { STEPS } from "./step.ts";
import { LARGE_WORLD, walk } from "./walk.ts";
import { HARMLESS, WEAKENINGS } from "./weakenings.ts";
import type { Weakening, WeakeningSheet } from "./weakenings.ts";
import { witnessesOf } from "./witnesses.ts";
import { TOO_LATE, WORLDS } from "./worlds.ts";
import type { WorldName } from "./worlds.ts";

const MINUTES = 60_000;
/** Searched whole here; `fanout` has a file of its own, and `npm run model` searches all. */
const WHOLE = ["consumer", "versions", "recreate"] as const;
/** Searched until their witnesses are met. */
const IN_PART = ["tworuns2", "segments", "tworuns"] as const;

const explored = new Map<WorldName, Explored>();

/** Each world is searched once, for all tests that ask about it. */
function exploredOf(name: (typeof WHOLE)[number] | (typeof IN_PART)[number]): Explored {
  const untilSeen = IN_PART.some((each) => each === name);
  const search = { watch: witnessesOf(name), untilSeen, recovery: !untilSeen };
  const found = explored.get(name) ?? explore(rulesOf(WORLDS[name].world), search);
  explored.set(name, found);
  return found;
}

describe("the commit protocol as designed", () => {
  it.each(WHOLE)("breaks no promise in any state of `%s`, and recovers from each", { timeout: 5 * MINUTES }, (name) => {
    const { states, transitions, depth } = WORLDS[name];

    const whole = exploredOf(name);

    expect(whole.found).toBeUndefined();
    expect(whole).toMatchObject({ states, transitions, depth, complete: true });
  });

  it.each(["consumer", "recreate", ...IN_PART] as const)(
    "meets in `%s` what makes its promises hard",
    { timeout: 5 * MINUTES },
    (name) => {
      const { found, seen } = exploredOf(name);

      expect(found).toBeUndefined();
      expect([...seen].toSorted()).toEqual(Object.keys(witnessesOf(name)).toSorted());
    },
  );

  it("takes every step that it knows", { timeout: 10 * MINUTES }, () => {
    const taken = new Set([...WHOLE, ...IN_PART].flatMap((name) => [...exploredOf(name).taken]));

    expect([...taken].toSorted()).toEqual(Object.keys(STEPS).toSorted());
  });

  it("loses a record that is later than lookback and lag allow, and says so", () => {
    const { found } = explore(rulesOf(TOO_LATE));

    expect(found?.what).toMatch(/^L2 catch-up: record 0 is delivered 0 times/);
  });

  it("keeps its promises along random ways through a large world", { timeout: 5 * MINUTES }, () => {
    const walks = Array.from({ length: 16 }, (_, seed) => walk(seed, 400));

    expect(walks.filter(({ found }) => found !== undefined)).toEqual([]);
    expect(walks.some(({ end }) => end.runs.some(({ state }) => state === PUBLISHED))).toBe(true);
  });
});

describe("the commit protocol without one of its promises", () => {
  it.each(Object.entries<WeakeningSheet>(WEAKENINGS))("%s is noticed", { timeout: 5 * MINUTES }, (name, sheet) => {
    const { world, breaks, steps } = sheet;
    const rules = rulesOf(WORLDS[world].world, [name as Weakening]);

    const { found } = explore(rules, { noticedOnly: true, recovery: breaks.startsWith("L") });

    expect(found?.what.split(":")[0]).toBe(breaks);
    expect(found?.trace).toHaveLength(steps);
  });

  it.each(["consumer", "versions"] as const)("nobody notices in `%s` that the flow is freed early", (name) => {
    const weakenings = Object.keys(HARMLESS) as Weakening[];

    const { found, complete } = explore(rulesOf(WORLDS[name].world, weakenings), { noticedOnly: true });

    expect(found).toBeUndefined();
    expect(complete).toBe(true);
  });
});

describe("the model, asked about single states", () => {
  const model = modelOf(WORLDS.fanout.world);

  it("names the steps that can be taken, and changes nothing of what it is asked about", () => {
    const before = structuredClone(model.initial);

    const names = model.enabled(before).map(({ name }) => name);

    expect(names.toSorted()).toEqual(["claim", "clock ticks"]);
    expect(before).toEqual(model.initial);
  });

  it("finds the step between two states, whichever of its like a process is", () => {
    const running = runningState();
    const picked = structuredClone(running);
    Object.assign(picked.workers[1]!, { step: CREATE, slice: 1 });

    expect(model.stepsBetween(running, picked)).toEqual(["pick segment"]);
    expect(model.stepsBetween(picked, running)).toEqual(["worker killed"]);
  });

  it("finds no step where the protocol has none", () => {
    const running = runningState();
    const committed = structuredClone(running);
    committed.runs[0]!.state = COMMITTED;

    expect(model.stepsBetween(running, committed)).toEqual([]);
  });

  it("tells what is wrong with a state, a step and a recovery", () => {
    const committed = runningState();
    committed.runs[0]!.state = COMMITTED;
    const aborting = structuredClone(committed);
    aborting.runs[0]!.state = ABORTING;
    const orphaned = structuredClone(model.initial);
    orphaned.flow.active = 0;

    expect(model.broken(committed)).toBe("I6 watermark: W is 0, and the newest committed run ends at 1");
    expect(model.brokenByStep(committed, aborting)).toMatch(/^I8 one decision/);
    expect(model.brokenByRecovery(orphaned)).toMatch(/^L1 recovery: FLOW.active/);
    expect(model.broken(model.initial)).toBeUndefined();
    expect(model.brokenByRecovery(model.initial)).toBeUndefined();
  });

  it("has every invariant of the protocol but I12, which counts records of an implementation", () => {
    const ids = new Set(INVARIANTS.map(({ id }) => id.split(" ")[0]));

    expect([...ids]).toEqual(["I1", "I2", "I3", "I4", "I5", "I5b", "I6", "I7", "I8", "I9", "I10", "I11"]);
  });
});

describe("npm run model", () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], { encoding: "utf8" });

  it("tells what goes wrong without a promise", () => {
    const { status, stdout } = run("noTickGuard");

    expect(stdout).toContain("| noTickGuard | I9 triggers, ticks: two runs stem from tick 1 | 5 | tworuns |");
    expect(status).toBe(0);
  });

  it("knows no other names than it lists", () => {
    const names = run("--list").stdout.trim().split("\n");

    const { status, stderr } = run("noTickGard");

    expect(names).toEqual([...Object.keys(WORLDS), ...Object.keys(WEAKENINGS), ...Object.keys(HARMLESS)]);
    expect(stderr).toContain("no world or weakening `noTickGard`");
    expect(status).toBe(2);
  });
});

describe("a packed state", () => {
  const { words, pack, unpack } = packingOf(rulesOf(LARGE_WORLD));
  const anyState = fc.tuple(fc.nat({ max: 1000 }), fc.nat({ max: 300 })).map(([seed, steps]) => walk(seed, steps).end);

  it("comes back as it was, but for the order of its processes", () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const back = initialState(LARGE_WORLD);
        const row = new Int32Array(words).fill(-1);

        pack(state, row);
        unpack(row, 0, back);

        expect(storedIn(back)).toEqual(storedIn(state));
        expect(processes(back)).toEqual(processes(state));
      }),
      { numRuns: 50 },
    );
  });

  it("is the same for states that differ only in which process does what", () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const twin = structuredClone(state);
        twin.workers.forEach((worker, i) => Object.assign(worker, { ...state.workers.at(-1 - i)!, id: i }));
        const [row, other] = [new Int32Array(words), new Int32Array(words)];

        pack(state, row);
        pack(twin, other);

        expect(other).toEqual(row);
      }),
      { numRuns: 50 },
    );
  });

  it("refuses a value that has no room", () => {
    const state = initialState(LARGE_WORLD);
    state.flow.W = 99;

    expect(() => pack(state, new Int32Array(words))).toThrow(RangeError);
  });
});

describe("a set of states", () => {
  it("numbers each state once, in the order of their coming", () => {
    const known = new StateSet(2);
    const rows = Array.from({ length: 300_000 }, (_, i) => Int32Array.of(i, i % 7));

    const numbers = rows.map((row, i) => known.add(row, i - 1));
    const again = rows.filter((row) => known.add(row, 0) !== -1);

    expect(numbers.findIndex((number, i) => number !== i)).toBe(-1);
    expect(again).toEqual([]);
    expect(known.size).toBe(rows.length);
    expect(known.foundFrom(299_999)).toBe(299_998);
  });
});

/** The first run is planned, nobody works yet. */
function runningState(): State {
  const state = initialState(WORLDS.fanout.world);
  Object.assign(state.flow, { active: 0, lastTick: 1 });
  Object.assign(state.runs[0]!, { state: RUNNING, tick: 1, HI: 1 });
  return state;
}

function storedIn({ source, delivered, left, flow, runs }: State): Stored {
  return { source, delivered, left, flow, runs };
}

function processes({ workers, coordinators }: State): readonly string[] {
  return [...workers, ...coordinators].map((each) => JSON.stringify({ ...each, id: 0 })).toSorted();
}
