import { worldOf } from "./world.ts";
import type { World } from "./world.ts";

/** A world small enough to be searched exhaustively, and how large it turned out to be. */
export interface KnownWorld {
  readonly stresses: string;
  readonly world: World;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
}

/** The protocol as designed has these states, and nothing is wrong in any. A change of the model changes the counts. */
export const WORLDS = {
  fanout: {
    stresses: "2 slices × 2 attempts, 2 workers, 2 coordinators, a cancel, a bad record",
    world: worldOf({
      slices: 2,
      attempts: 2,
      workers: 2,
      coordinators: 2,
      cancels: 1,
      lookback: 0,
      lastClock: 2,
      records: [
        { ts: 1, late: 0, slice: 0 },
        { ts: 1, late: 0, slice: 1, bad: true },
      ],
    }),
    states: 6_276_163,
    transitions: 61_066_726,
    depth: 38,
  },
  segments: {
    stresses: "a chain of up to 3 segments, cut anywhere, 2 attempts each, a late record",
    world: worldOf({
      segments: 3,
      attempts: 2,
      workers: 2,
      records: [
        { ts: 1, late: 1, slice: 0 },
        { ts: 2, late: 0, slice: 0 },
        { ts: 2, late: 0, slice: 0 },
      ],
    }),
    states: 3_948_743,
    transitions: 30_426_564,
    depth: 48,
  },
  tworuns: {
    stresses: "2 ticks delivered twice, a late record, a bad record, 2 coordinators, a cancel",
    world: worldOf({
      runs: 2,
      coordinators: 2,
      deliveries: 2,
      cancels: 1,
      records: [
        { ts: 1, late: 0, slice: 0 },
        { ts: 1, late: 1, slice: 0 },
        { ts: 2, late: 0, slice: 0, bad: true },
      ],
    }),
    states: 2_115_616,
    transitions: 14_914_893,
    depth: 41,
  },
  tworuns2: {
    stresses: "2 ticks, a late record, 2 workers × 2 attempts",
    world: worldOf({
      runs: 2,
      attempts: 2,
      workers: 2,
      records: [
        { ts: 1, late: 0, slice: 0 },
        { ts: 1, late: 1, slice: 0 },
        { ts: 2, late: 0, slice: 0 },
      ],
    }),
    states: 5_402_513,
    transitions: 35_658_667,
    depth: 44,
  },
  threeruns: {
    stresses: "3 ticks delivered twice, 2 late records, a cancel",
    world: worldOf({
      runs: 3,
      deliveries: 2,
      cancels: 1,
      lastClock: 4,
      records: [
        { ts: 1, late: 1, slice: 0 },
        { ts: 2, late: 1, slice: 0 },
        { ts: 2, late: 0, slice: 0 },
      ],
    }),
    states: 24_774_008,
    transitions: 152_216_657,
    depth: 51,
  },
  recreate: {
    stresses: "2 ticks, the flow is deleted and created anew while a run is under way, 2 coordinators",
    world: worldOf({
      runs: 2,
      coordinators: 2,
      recreations: 1,
      records: [
        { ts: 1, late: 0, slice: 0 },
        { ts: 2, late: 0, slice: 0 },
      ],
    }),
    states: 968_511,
    transitions: 6_005_672,
    depth: 37,
  },
  versions: {
    stresses: "2 ticks, a record is edited while the run pages through the slice",
    world: worldOf({
      runs: 2,
      segments: 2,
      records: [
        { ts: 1, late: 0, slice: 0 },
        { ts: 1, late: 0, slice: 0 },
        { ts: 2, late: 0, slice: 0, replaces: 0 },
      ],
    }),
    states: 163_021,
    transitions: 732_932,
    depth: 45,
  },
  consumer: {
    stresses: "2 slices, 2 coordinators, a cancel; objects are moved away as soon as they are visible",
    world: worldOf({
      slices: 2,
      coordinators: 2,
      cancels: 1,
      lookback: 0,
      lastClock: 2,
      consumer: true,
      records: [
        { ts: 1, late: 0, slice: 0 },
        { ts: 1, late: 0, slice: 1, bad: true },
        { ts: 1, late: 0, slice: 1 },
      ],
    }),
    states: 51_320,
    transitions: 351_582,
    depth: 34,
  },
  late2ok: {
    stresses: "a record 2 units late, lookback 2, lag 1: as late as is allowed",
    world: worldOf({
      runs: 3,
      lookback: 2,
      lastClock: 5,
      records: [
        { ts: 1, late: 2, slice: 0 },
        { ts: 2, late: 0, slice: 0 },
      ],
    }),
    states: 1_146_361,
    transitions: 4_898_354,
    depth: 47,
  },
} as const satisfies Readonly<Record<string, KnownWorld>>;

export type WorldName = keyof typeof WORLDS;

/** Lateness ≤ lookback + lag − 1 is exact: lateness 2 with lookback 1 and lag 1 loses the record. */
export const TOO_LATE: World = { ...WORLDS.late2ok.world, lookback: 1 };
