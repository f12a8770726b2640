import type { State } from "./state.ts";

/**
 * One atomic step: one remote call, one event of the world, or the death of a process. What a call refuses is a step
 * too. No step waits: a process that never takes its next one is a stalled one.
 */
export const STEPS = {
  "record appears": "a record becomes visible at the source",
  "version overwritten": "an edit, or a deletion, takes a version of a record away",
  "clock ticks": "the source's clock moves on",
  claim: "step 1: a delivered tick claims the flow for its run",
  "ignore repeat": "a tick is delivered again",
  "skip tick": "a tick is delivered while another run holds the flow",
  cancel: "the one conditional write of a cancel wins",
  "recreate flow": "the flow is deleted and created anew under its name",
  "pick segment": "a worker takes the first unregistered segment of a slice, at the registered cursor",
  "create uploads": "step 3: CreateMultipartUpload for the attempt's data and error objects",
  "read and upload": "step 4: the worker reads on and uploads all parts of the segment",
  "give up": "the worker finds its upload gone",
  register: "step 5: SEG is put, and the run was RUNNING",
  "register refused": "step 5: another attempt was first, or the run is decided",
  "abort own uploads": "step 5: the loser throws its work away",
  "worker killed": "the worker dies between two calls, its memory is lost",
  "read for plan": "a coordinator reads FLOW and the source's clock",
  plan: "step 2: the plan is written and the run is RUNNING",
  "plan refused": "step 2: somebody else has planned",
  "read for commit": "a coordinator finds that every chain ends in END",
  commit: "step 6: the run is COMMITTED and the watermark moved, in one transaction",
  "commit refused": "step 6: the run is decided, or does not hold the flow",
  "read for abort": "a coordinator decides to abort a run that it found undecided",
  abort: "step 6: the run is ABORTING",
  "abort refused": "step 6: the run is decided",
  "coordinator killed": "the coordinator dies between two calls, its memory is lost",
  "read for publish": "a coordinator finds a COMMITTED run",
  complete: "step 7: CompleteMultipartUpload of one object of the publish set",
  "find taken": "step 7: no such upload and no object, which a decided run's publisher takes for done",
  "write marker": "step 8: all objects are complete, the marker is put",
  "end published": "step 9: the run is PUBLISHED and the flow is free",
  "read for clean-up": "a coordinator finds an ABORTING run",
  "abort leftover": "step 9: an upload outside the publish set is aborted",
  "end aborted": "step 9: the run is ABORTED and the flow is free",
  sweep: "cleanup: an upload of a decided run, outside its publish set, is aborted",
  consume: "somebody downstream moves a visible data object away",
} as const;

/** Steps that only a weakened protocol knows. */
export const WEAKENED_STEPS = {
  "claim without RUN": "claimFlowFirst: FLOW.active is set, RUN is still to come",
  "write RUN": "claimFlowFirst: the second write",
  "answer Canceled": "cancelAckEarly: the caller is told, the write is still to come",
  "complete own uploads": "completeBeforeCommit",
  "run on": "ownCursor: the loser goes on to the next segment",
  "note error": "errRegisteredAfter: the second write",
  "move watermark": "watermarkBefore, watermarkAfter: the other write",
  "overlook newest": "staleManifest: the publisher does not see the last SEG item",
  "take gone for done": "gcByAgeFailOpen",
  "marker first": "markerFirst",
  "send conditional complete": "conditionalComplete: the request is on its way",
  "complete answers 409": "conditionalComplete: two at once, and the upload is destroyed",
  "complete refused": "conditionalComplete: 412 or 404",
} as const;

export type StepName = keyof typeof STEPS | keyof typeof WEAKENED_STEPS;

/** Says that a step can be taken from the state at hand, and what it changes in a fresh copy of it. */
export type Can = (name: StepName, change: (next: State) => void) => void;
