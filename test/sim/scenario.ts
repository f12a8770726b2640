import { chanceOf } from "../support/chance.ts";

/** One record of the source. */
export interface SimRecord {
  readonly id: number;
  /** The time that windows go by, in units of the source's clock, from 1. */
  readonly ts: number;
  /** How many units later than others with this time queries begin to find it; absent: none. */
  readonly late?: number;
  readonly slice: number;
  /** `bad`: it cannot be decoded, so it belongs into the error file; `filtered`: a task drops it. */
  readonly kind: "good" | "bad" | "filtered";
  /** The id of the record that it is a newer version of: with it, the older one is gone. */
  readonly replaces?: number;
  /** So long after it has turned up it is deleted, in units. */
  readonly goneAfter?: number;
}

/** How likely each fate of a call is. */
export interface Faults {
  readonly lose: number;
  readonly repeat: number;
  readonly refuse: number;
  readonly late: number;
  readonly kill: number;
}

/** All that a simulation is made of, but for the order in which things happen. A plain JSON value. */
export interface Scenario {
  readonly records: readonly SimRecord[];
  /** `records`: of a system that is asked for them page by page; `objects`: each is an object of a bucket. */
  readonly source: "records" | "objects";
  readonly slices: number;
  readonly pageRecords: number;
  readonly destinations: number;
  readonly aggregation: "none" | "single-file";
  /** `scheduled`: runs are due at ticks; `on-demand`: callers start them by client tokens. */
  readonly trigger: "scheduled" | "on-demand";
  /** Runs of a schedule read what is new since the last that counted; otherwise each reads everything. */
  readonly incremental: boolean;
  /** What the source says of itself, in units of its clock: how far windows reach back, and stay behind that clock. */
  readonly lookback: number;
  readonly lag: number;
  /** How far the clock that the source tells is ahead of the one by which records turn up, at most, in units. */
  readonly clockAhead: number;
  /** And how far it is behind. */
  readonly clockBehind: number;
  /** Ticks, or client tokens, and how often each is delivered at most. */
  readonly ticks: number;
  readonly deliveries: number;
  /** How often the message that starts the coordinator of a run gets lost. */
  readonly lostStarts: number;
  /** Processes beside the coordinator that each claim starts. */
  readonly coordinators: number;
  readonly workers: number;
  readonly sweepers: number;
  /** Who tell what waits to be told, before all is calm. */
  readonly couriers: number;
  readonly cancels: number;
  /** Who reads a time again, and who sends records again that some run rejected. */
  readonly backfills: number;
  readonly redrives: number;
  readonly recreations: number;
  /** How often the destinations let nobody show an object, for a while. */
  readonly denials: number;
  /** Somebody moves data away as soon as it is visible. */
  readonly consumer: boolean;
  readonly faults: Faults;
  /** Kinds of calls that the faults are for; undefined: all. */
  readonly faulty?: string;
  /** How often a process that is asked has to let go. */
  readonly stops: number;
  /** How far clocks are off at most, and whether they jump. */
  readonly skewMs: number;
  readonly clockJumps: boolean;
  readonly repeatedComplete: "succeeds" | "forgets";
  /** Parts take their time to arrive. */
  readonly slowParts: boolean;
  /** How many items a page of segments or attempts has. */
  readonly pageItems: number;
  /** `fair`: who asked first is next; `chance`: anybody; `stalls`: anybody, and some processes are much slower. */
  readonly order: "fair" | "chance" | "stalls";
  /** Within so many calls everything that is to happen begins. */
  readonly horizon: number;
  /** What becomes of whoever is at work when the horizon is reached. */
  readonly afterwards: "all die" | "all go on" | "some wake up late";
}

export const NO_FAULTS: Faults = { lose: 0, repeat: 0, refuse: 0, late: 0, kill: 0 };

/** One process, one run, one of everything; nothing goes wrong. */
export const QUIET: Scenario = {
  records: recordsOf(["good", "good", "bad", "good", "filtered"], 2),
  source: "records",
  slices: 2,
  pageRecords: 2,
  destinations: 1,
  aggregation: "none",
  trigger: "scheduled",
  incremental: false,
  lookback: 0,
  lag: 1,
  clockAhead: 0,
  clockBehind: 0,
  ticks: 1,
  deliveries: 1,
  lostStarts: 0,
  coordinators: 0,
  workers: 0,
  sweepers: 0,
  couriers: 0,
  cancels: 0,
  backfills: 0,
  redrives: 0,
  recreations: 0,
  denials: 0,
  consumer: false,
  faults: NO_FAULTS,
  stops: 0,
  skewMs: 0,
  clockJumps: false,
  repeatedComplete: "succeeds",
  slowParts: false,
  pageItems: 100,
  order: "fair",
  horizon: 1,
  afterwards: "all go on",
};

/** Records with the ids 0, 1, 2 …, dealt out to the slices, later ones with later times. */
export function recordsOf(kinds: readonly SimRecord["kind"][], slices: number, times = 1): readonly SimRecord[] {
  return kinds.map((kind, id) => ({ id, ts: 1 + Math.floor((id * times) / kinds.length), slice: id % slices, kind }));
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A world in which anything can happen, by chance; `changes` fixes some of it. */
export function anyScenario(seed: number, changes: Partial<Scenario> = {}): Scenario {
  const chance = chanceOf(seed ^ 0x5eed);
  const below = (count: number) => Math.floor(chance() * count);
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)]!;
  const anySlices = pick([1, 2, 2, 3]);
  const slices = changes.slices ?? anySlices;
  const trigger = pick(["scheduled", "scheduled", "on-demand"] as const);
  const level = pick([0, 0.01, 0.03, 0.1]);
  const some = () => pick([0, level, level]);
  const kinds = Array.from({ length: below(6) }, () => pick(["good", "good", "good", "bad", "filtered"] as const));
  // A run fails when it rejects everything, so the last one must have something good.
  const records = recordsOf([...kinds, "good"], slices, 3);
  const scenario: Scenario = {
    records,
    slices,
    pageRecords: pick([1, 2]),
    destinations: pick([1, 1, 2]),
    aggregation: pick(["none", "none", "single-file"] as const),
    trigger,
    incremental: pick([true, false]),
    ticks: pick([1, 2, 3]),
    deliveries: pick([1, 2, 3]),
    lostStarts: 0.1,
    coordinators: pick([0, 1, 2]),
    workers: pick([0, 0, 1, 2]),
    sweepers: pick([0, 1, 2]),
    cancels: pick([0, 0, 1]),
    recreations: pick([0, 0, 0, 1]),
    consumer: pick([true, false]),
    faults: { lose: some(), repeat: some(), refuse: some(), late: 0, kill: pick([0, 0.005, 0.01, 0.03]) },
    stops: pick([0, 0, 0.1, 0.3]),
    skewMs: pick([0, 1000, DAY_MS]),
    clockJumps: pick([false, false, true]),
    repeatedComplete: pick(["succeeds", "forgets"] as const),
    slowParts: pick([true, false]),
    pageItems: pick([1, 2, 100]),
    order: pick(["chance", "stalls"] as const),
    horizon: pick([30, 60, 120, 200]),
    afterwards: pick(["all die", "all go on", "some wake up late"] as const),
    couriers: pick([0, 1, 2]),
    lookback: pick([0, 1, 3]),
    lag: pick([1, 2]),
    clockAhead: pick([0, 0, 1]),
    clockBehind: pick([0, 1, 3]),
    denials: pick([0, 0, 1, 2]),
    backfills: pick([0, 0, 1, 2]),
    redrives: pick([0, 0, 1, 2]),
    source: pick(["records", "records", "records", "objects"] as const),
  };

  const changed = { ...scenario, faults: { ...scenario.faults, late: some() }, ...changes };
  const incremental = changed.incremental && changed.trigger === "scheduled";
  const settled = {
    ...changed,
    incremental,
    ...(changed.source === "objects" ? ofObjects(changed) : ofRecords(changed)),
  };
  if (!incremental || changes.records !== undefined) return settled;
  return { ...settled, records: unsteady(records, latestOf(settled), { below, pick }) };
}

type OfSource = Pick<Scenario, "lookback" | "lag" | "clockAhead">;

/** A bucket's clock dates its objects, and an object is dated by the beginning of its upload. */
function ofObjects({ lookback }: Scenario): OfSource {
  return { lookback: Math.max(1, lookback), lag: 0, clockAhead: 0 };
}

function ofRecords({ lookback, lag, clockAhead, incremental, records }: Scenario): OfSource {
  // What cannot be decoded does not say which version it is: every window that reaches back over it rejects it again.
  const isRejectedAgain = incremental && records.some(({ kind }) => kind === "bad");
  return { lag, lookback: isRejectedAgain ? 0 : lookback, clockAhead: Math.min(clockAhead, lag - 1) };
}

/** The latest that a record may turn up, in units after its time: later ones are lost, as the connector says. */
function latestOf({ lookback, lag, clockAhead }: OfSource): number {
  return lookback + lag - clockAhead - 1;
}

interface Dice {
  readonly below: (count: number) => number;
  readonly pick: <Item>(items: readonly Item[]) => Item;
}

/** Records that turn up late, take the place of earlier ones, and are deleted. */
function unsteady(records: readonly SimRecord[], latest: number, { below, pick }: Dice): readonly SimRecord[] {
  const replaced = new Set<number>();
  const changed = records.map((record): SimRecord => {
    // A run that finds nothing but a bad record fails, and the next one reads it again: something good must come after it.
    const late = record.kind === "bad" ? 0 : pick([0, 0, latest, below(latest + 1)]);
    const older = records.find(({ id, slice }) => id < record.id && slice === record.slice && !replaced.has(id));
    if (record.kind !== "good" || older?.kind !== "good" || below(4) > 0) return { ...record, late };
    replaced.add(older.id);
    return { ...record, late, replaces: older.id };
  });
  // One that took another's place stays, and so does the last, without which a run may reject everything.
  return changed.map((record, i) => {
    const mayGo = record.kind === "good" && record.replaces === undefined && !replaced.has(record.id) && changed[i + 1];
    return mayGo && below(6) === 0 ? { ...record, goneAfter: below(3) / 2 } : record;
  });
}
