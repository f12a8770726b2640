import { Conformance } from "./conformance.ts";
import { anyScenario, NO_FAULTS, QUIET } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";
import type { Fate, ParkedCall } from "./scheduler.ts";
import { simulate } from "./simulate.ts";
import type { Simulated } from "./simulate.ts";

/** One history, and how to ask for it again. */
export interface Case {
  /** Behind the campaign's name: `--seed 7 --at 12 --fate lose`. */
  readonly flags: string;
  run(traced: boolean): Promise<Simulated & { readonly steps?: number }>;
}

/** Which of the histories of a seed are meant; all, where nothing is said. */
export interface Point {
  readonly at?: number | undefined;
  readonly fate?: string | undefined;
}

export interface Campaign {
  readonly means: string;
  cases(seed: number, point: Point): AsyncIterable<Case>;
}

export const CAMPAIGNS = {
  any: plain("anything happens, to any flow", (seed) => anyScenario(seed)),
  twice: plain("everything happens twice: triggers thrice, workers, coordinators, sweepers", (seed) =>
    anyScenario(seed, { deliveries: 3, coordinators: 2, workers: 2, sweepers: 2 }),
  ),
  owners: plain("flows are deleted and made anew, while their runs are under way", (seed) =>
    anyScenario(seed, { recreations: 3, deliveries: 3, ticks: 3, order: "stalls" }),
  ),
  lost: plain("answers are lost: of one kind of call always, or of all now and then", (seed) => lostAnswers(seed)),
  late: plain("one of ten calls that change something gets no answer, and has its effect some time later", (seed) =>
    anyScenario(seed, { faults: { ...NO_FAULTS, late: 0.1 } }),
  ),
  denied: plain("the destinations let nobody show an object for a while", (seed) => anyScenario(seed, { denials: 2 })),
  throttled: plain(
    "three of ten calls are refused, and of three of ten that change something the first answer is lost",
    (seed) => anyScenario(seed, { faults: { ...NO_FAULTS, repeat: 0.3, refuse: 0.3 } }),
  ),
  windows: plain("runs read what is new: records are late, change and vanish, and the source's clock is off", (seed) =>
    anyScenario(seed, { source: "records", incremental: true, trigger: "scheduled", ticks: 3 }),
  ),
  objects: plain("runs read new and changed objects of a bucket, which are late, change and vanish", (seed) =>
    anyScenario(seed, { source: "objects", incremental: true, trigger: "scheduled", ticks: 3 }),
  ),
  apart: plain("times are read again, and what was rejected is sent again, among the runs of a schedule", (seed) =>
    anyScenario(seed, { backfills: 2, redrives: 2, cancels: 0, trigger: "scheduled", incremental: seed % 2 === 0 }),
  ),
  gathered: plain("slices write one file together, and several processes gather it", (seed) =>
    anyScenario(seed, { aggregation: "single-file", slices: 2 + (seed % 2), coordinators: 2, sweepers: 1 }),
  ),
  clocks: plain("clocks are up to a day off, and jump", (seed) =>
    anyScenario(seed, { skewMs: DAY_MS, clockJumps: true }),
  ),
  recovery: plain("processes die all the time, and at some moment all of them", (seed) =>
    anyScenario(seed, { afterwards: "all die", faults: { ...NO_FAULTS, kill: 0.03 } }),
  ),
  crash: { means: "a process dies, or gets no answer, at every call of a run", cases: crashes },
  cancel: { means: "a run is cancelled at every call", cases: cancels },
  conformance: { means: "every change of what is stored is a step of the model", cases: followed },
} as const satisfies Readonly<Record<string, Campaign>>;

export type CampaignName = keyof typeof CAMPAIGNS;

const DAY_MS = 24 * 60 * 60 * 1000;

/** The kinds of calls whose answer matters; after them, all. */
const LOSABLE = [
  "runs.write",
  "runs.forget",
  "flows.create",
  "flows.delete",
  "objects.put",
  "objects.createUpload",
  "objects.uploadPart",
  "objects.completeUpload",
  "objects.abortUpload",
] as const;

const FATES: readonly Fate[] = ["kill-before", "kill-after", "kill-in-flight", "lose", "repeat", "refuse", "late"];

function plain(means: string, scenarioOf: (seed: number) => Scenario): Campaign {
  return {
    means,
    async *cases(seed) {
      yield { flags: `--seed ${seed}`, run: (traced) => simulate(seed, scenarioOf(seed), { traced }) };
    },
  };
}

function lostAnswers(seed: number): Scenario {
  const faulty = LOSABLE[seed % (LOSABLE.length + 1)];
  if (faulty === undefined) return anyScenario(seed, { faults: { ...NO_FAULTS, lose: 0.3 } });
  return anyScenario(seed, { faults: { ...NO_FAULTS, lose: 1 }, faulty, slowParts: false, recreations: 1 });
}

/** The run that things happen to; seed 1 is the plainest, and with seed 2 its slices write one file. */
function reference(seed: number): Scenario {
  if (seed === 1) return QUIET;
  if (seed === 2) return { ...QUIET, aggregation: "single-file" };
  const nobodyElse = { faults: NO_FAULTS, cancels: 0, recreations: 0, ticks: 1, lostStarts: 0, skewMs: 0, stops: 0 };
  return anyScenario(seed, { ...nobodyElse, horizon: 100, afterwards: "all go on" });
}

async function* crashes(seed: number, { at, fate }: Point): AsyncGenerator<Case> {
  const scenario = reference(seed);
  const met: { readonly fates: readonly Fate[] }[] = [];
  const fateOf = (call: ParkedCall, number: number) => {
    met[number] = { fates: FATES.filter((each) => canMeet(call, each)) };
    return "perform" as const;
  };
  await simulate(seed, scenario, { fateOf });
  for (const [number, point] of met.entries()) {
    for (const each of point?.fates ?? []) {
      if ((at ?? number) !== number || (fate ?? each) !== each) continue;
      const meets = (_: ParkedCall, now: number) => (now === number ? each : "perform");
      yield {
        flags: `--seed ${seed} --at ${number} --fate ${each}`,
        run: (traced) => simulate(seed, scenario, { traced, fateOf: meets }),
      };
    }
  }
}

function canMeet({ changes, unavailable }: ParkedCall, fate: Fate): boolean {
  if (fate === "lose" || fate === "repeat" || fate === "late" || fate === "kill-in-flight")
    return changes && unavailable !== undefined;
  return fate !== "refuse" || unavailable !== undefined;
}

async function* cancels(seed: number, { at }: Point): AsyncGenerator<Case> {
  const scenario: Scenario = { ...reference(1), order: seed === 1 ? "fair" : "chance", horizon: 100 };
  const { calls } = await simulate(seed, scenario);
  for (let number = at ?? 1; number <= (at ?? calls); number++) {
    yield {
      flags: `--seed ${seed} --at ${number}`,
      run: (traced) => simulate(seed, scenario, { traced, before: (world, now) => now === number && world.cancel() }),
    };
  }
}

async function* followed(seed: number): AsyncGenerator<Case> {
  yield {
    flags: `--seed ${seed}`,
    async run(traced) {
      let conformance: Conformance | undefined;
      const simulated = await simulate(seed, modelledScenario(seed), {
        traced,
        watch: (world) => {
          conformance = new Conformance(world);
          return () => conformance!.look();
        },
      });
      return { ...simulated, steps: conformance!.steps };
    },
  };
}

/** What the model has room for. */
export function modelledScenario(seed: number): Scenario {
  const any = anyScenario(seed, { trigger: "scheduled", incremental: true, destinations: 1, source: "records" });
  const slices = Math.min(any.slices, 2);
  const left = Math.max(0, any.records.length - 4);
  const records = any.records.slice(left).map(({ replaces, kind, ...record }, id) => ({
    ...record,
    id,
    slice: id % slices,
    kind: kind === "filtered" ? ("good" as const) : kind,
    ...(replaces !== undefined && replaces >= left && { replaces: replaces - left }),
  }));
  // What several slices write together is made by one more, which the model does not have.
  const aggregation = slices > 1 ? "none" : any.aggregation;
  return { ...any, slices, records, aggregation, ticks: Math.min(any.ticks, 2) };
}
