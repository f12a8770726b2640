import type { WorldName } from "./worlds.ts";

/*
 * Each is one promise of the protocol left out. The search must find what goes wrong: else the promise is needless, or
 * the model cannot see what it is for.
 */

export interface WeakeningSheet {
  /** What is left out. */
  readonly means: string;
  /** Where the search finds it, which promise is broken there, and after how many steps at the earliest. */
  readonly world: WorldName;
  readonly breaks: string;
  readonly steps: number;
}

export const WEAKENINGS = {
  commitUnconditional: {
    means: "the commit does not check that the run is still RUNNING",
    world: "consumer",
    breaks: "I10 cancel",
    steps: 14,
  },
  abortUnconditional: {
    means: "abort and cancel do not check that the run is undecided",
    world: "consumer",
    breaks: "I8 one decision",
    steps: 16,
  },
  watermarkAfter: {
    means: "the watermark is moved by a second write, after the commit",
    world: "versions",
    breaks: "I4 exactly once",
    steps: 27,
  },
  watermarkBefore: {
    means: "the watermark is moved by a first write, before the commit",
    world: "versions",
    breaks: "I5b no loss",
    steps: 16,
  },
  completeBeforeCommit: {
    means: "workers complete their own uploads",
    world: "versions",
    breaks: "I1 no dirty read",
    steps: 11,
  },
  errorDirect: {
    means: "workers put error files straight into the error bucket",
    world: "consumer",
    breaks: "I1 no dirty read",
    steps: 11,
  },
  registerOverwrites: {
    means: "SEG is a plain put: the last attempt wins",
    world: "segments",
    breaks: "I4 exactly once",
    steps: 23,
  },
  registerNoStateCheck: {
    means: "registration does not check that the run is RUNNING",
    world: "consumer",
    breaks: "I11 error files",
    steps: 15,
  },
  ownCursor: {
    means: "an attempt that lost its segment runs on from its own cursor",
    world: "segments",
    breaks: "I4 exactly once",
    steps: 22,
  },
  offsetPaging: {
    means: "segments go on by the number of rows, not by key",
    world: "versions",
    breaks: "I5b no loss",
    steps: 20,
  },
  planOverwrites: {
    means: "the plan is a plain put: a second coordinator can change HI under the workers",
    world: "versions",
    breaks: "I5b no loss",
    steps: 17,
  },
  noLag: {
    means: "HI is the source's clock itself",
    world: "consumer",
    breaks: "I5b no loss",
    steps: 14,
  },
  noLookback: {
    means: "the next window starts at the watermark",
    world: "tworuns",
    breaks: "I5b no loss",
    steps: 12,
  },
  noDedupe: {
    means: "windows reach back, but delivered records are not left out",
    world: "versions",
    breaks: "I4 exactly once",
    steps: 26,
  },
  seenFromWindow: {
    means: "the delivered records are looked up at the source, not in what was committed",
    world: "tworuns",
    breaks: "I5b no loss",
    steps: 12,
  },
  gcByAge: {
    means: "uploads are aborted by age, whatever their run's state: the lifecycle rule is shorter than a run",
    world: "versions",
    breaks: "I5 durable",
    steps: 14,
  },
  gcByAgeFailOpen: {
    means: "as gcByAge, and the publisher takes an absent object for a published one",
    world: "versions",
    breaks: "I5 durable",
    steps: 14,
  },
  sharedUpload: {
    means: "attempts at a segment share one upload",
    world: "segments",
    breaks: "I2 content",
    steps: 20,
  },
  sharedUploadPinned: {
    means: "attempts at a segment share one upload, and Complete names the registered ETags",
    world: "segments",
    breaks: "I5 durable",
    steps: 18,
  },
  markerFirst: {
    means: "the marker is written before the objects are completed",
    world: "versions",
    breaks: "I7 marker",
    steps: 15,
  },
  staleManifest: {
    means: "the publisher reads SEG items eventually consistently and does not check their count",
    world: "versions",
    breaks: "I7 marker",
    steps: 21,
  },
  finishEarly: {
    means: "the run is ended when its first object is visible",
    world: "versions",
    breaks: "I7 marker",
    steps: 20,
  },
  noTickGuard: {
    means: "a repeated delivery of a tick is not recognised once its run has ended",
    world: "tworuns",
    breaks: "I9 triggers, ticks",
    steps: 5,
  },
  noActiveGuard: {
    means: "the claim does not check FLOW.active, nor does the commit",
    world: "versions",
    breaks: "I4 exactly once",
    steps: 22,
  },
  noActiveGuardWCheck: {
    means: "the claim does not check FLOW.active; the commit checks only W = LO",
    world: "recreate",
    breaks: "I5b no loss",
    steps: 13,
  },
  commitNoFlowCheck: {
    means: "the commit does not check that the run holds the flow",
    world: "recreate",
    breaks: "I5b no loss",
    steps: 13,
  },
  cancelAckEarly: {
    means: "cancel answers Canceled before its write has won",
    world: "consumer",
    breaks: "I10 cancel",
    steps: 14,
  },
  abortCommitted: {
    means: "the sweeper rolls back every run that looks dead, a COMMITTED one too",
    world: "versions",
    breaks: "I8 one decision",
    steps: 14,
  },
  claimFlowFirst: {
    means: "the claim is two writes: FLOW.active, then RUN",
    world: "versions",
    breaks: "L1 recovery",
    steps: 1,
  },
  errRegisteredAfter: {
    means: "a segment's error upload is noted by a second write, after SEG",
    world: "consumer",
    breaks: "I11 error files",
    steps: 15,
  },
  absentIsError: {
    means: "the publisher takes an absent object for an error",
    world: "consumer",
    breaks: "L1 recovery",
    steps: 21,
  },
  conditionalComplete: {
    means: "Complete carries If-None-Match, and a 409 between two publishers destroys the upload",
    world: "consumer",
    breaks: "I5 durable",
    steps: 23,
  },
  commitWithoutAll: {
    means: "the commit takes a slice that is not in for an empty one",
    world: "consumer",
    breaks: "I5b no loss",
    steps: 14,
  },
} as const satisfies Readonly<Record<string, WeakeningSheet>>;

/** Nobody notices these. */
export const HARMLESS = {
  /** Runs may then publish out of order, which is safe for S3. It is kept out: destinations that upsert need the order. */
  releaseAtCommit: "the commit clears FLOW.active, before anything is published",
} as const;

export type Weakening = keyof typeof WEAKENINGS | keyof typeof HARMLESS;
