/** The parameters of a small world: how many of everything there is, and what may happen in it. */
export interface World {
  /** Runs, and ticks of the schedule: tick n is meant to start run n − 1. */
  readonly runs: number;
  /** Slices of a run's plan; each is a chain of segments. */
  readonly slices: number;
  /** Segments that a slice may be cut into; the last takes all that is left. */
  readonly segments: number;
  /** Attempts at each segment. */
  readonly attempts: number;
  /** Processes of a kind that may be at work at once; each may stall for ever or be killed between any two calls. */
  readonly workers: number;
  readonly coordinators: number;
  /** How often each tick may be delivered. */
  readonly deliveries: number;
  readonly cancels: number;
  /** How often the flow may be deleted and created anew under its name. */
  readonly recreations: number;
  /** What the plan keeps away from the source's clock, and how far a window reaches back behind the watermark. */
  readonly lag: number;
  readonly lookback: number;
  readonly lastClock: number;
  /** Whether somebody downstream moves data objects away as soon as they are visible. */
  readonly consumer: boolean;
  readonly records: readonly SourceRecord[];
}

/** One version of a record at the source. */
export interface SourceRecord {
  /** Its timestamp, in units of the source's clock. */
  readonly ts: number;
  /** It turns up while the clock shows ts … ts + late. */
  readonly late: number;
  readonly slice: number;
  /** A task fails on it, so it belongs into the error object. */
  readonly bad?: true;
  /** The index of the version that it overwrites. */
  readonly replaces?: number;
  /** It may be deleted at any time, even before anybody could see it. */
  readonly vanishes?: true;
}

/** Nobody may have seen a version before it was overwritten, or deleted. */
export function mayBeMissed(records: readonly SourceRecord[], record: number): boolean {
  return records[record]!.vanishes ?? records.some(({ replaces }) => replaces === record);
}

/** A world of one run, one slice, one segment and one process of each kind; `parameters` says what there is besides. */
export function worldOf(parameters: Partial<World> & Pick<World, "records">): World {
  return { ...SMALLEST, ...parameters };
}

const SMALLEST = {
  runs: 1,
  slices: 1,
  segments: 1,
  attempts: 1,
  workers: 1,
  coordinators: 1,
  deliveries: 1,
  cancels: 0,
  recreations: 0,
  lag: 1,
  lookback: 1,
  lastClock: 3,
  consumer: false,
} as const;
