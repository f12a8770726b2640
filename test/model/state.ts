import type { World } from "./world.ts";

/*
 * Everything that exists outside a process's head, and what each process holds in its head. A state is plain data, and
 * changed in place only by the step that makes it. Sets of records are bit masks: bit i is record i of the world.
 */

/** The state of one multipart upload and of the object that it becomes. */
export const UPLOADS = ["absent", "open", "full", "VISIBLE", "gone", "taken"] as const;
export const ABSENT = 0;
/** Created; some parts are missing. */
export const OPEN = 1;
/** All parts are there; nobody can see it. */
export const FULL = 2;
/** Completed: readers see the object. */
export const VISIBLE = 3;
/** Aborted. */
export const GONE = 4;
/** It was visible, and somebody downstream has moved it away. */
export const TAKEN = 5;

/** The states of RUN#r; from COMMITTED on, a run is decided. */
export const RUN_STATES = ["none", "PLANNING", "RUNNING", "COMMITTED", "ABORTING", "PUBLISHED", "ABORTED"] as const;
export const UNCLAIMED = 0;
export const PLANNING = 1;
export const RUNNING = 2;
export const COMMITTED = 3;
export const ABORTING = 4;
export const PUBLISHED = 5;
export const ABORTED = 6;

/** What a worker is about to do. */
export const WORKER_STEPS = ["idle", "create", "read", "register", "abort own", "note error"] as const;
export const IDLE = 0;
export const CREATE = 1;
export const READ = 2;
export const REGISTER = 3;
export const ABORT_OWN = 4;
/** Only under `errRegisteredAfter`. */
export const NOTE_ERROR = 5;

/** What a coordinator is about to do. */
export const COORDINATOR_STEPS = [
  "idle",
  "plan",
  "commit",
  "abort",
  "publish",
  "clean up",
  "end",
  "marker first",
  "watermark second",
  "complete if absent",
] as const;
export const PLAN = 1;
export const COMMIT = 2;
export const ABORT = 3;
export const PUBLISH = 4;
export const CLEAN_UP = 5;
export const END_PUBLISHED = 6;
/** Only under `markerFirst`, `watermarkAfter` and `conditionalComplete`. */
export const MARKER_FIRST = 7;
export const WATERMARK_SECOND = 8;
export const COMPLETE_IF_ABSENT = 9;

/** No run, no attempt. */
export const NONE = -1;
/** The cursor behind a slice's last record. Others are indexes into the slice's records. */
export const END = 15;

/** What is left when every process is dead: the source, the tables, the buckets. */
export interface Stored {
  readonly source: Source;
  /** How often each tick was delivered, and what may still happen. */
  readonly delivered: number[];
  readonly left: { cancels: number; recreations: number };
  readonly flow: Flow;
  readonly runs: readonly Run[];
}

export interface State extends Stored {
  readonly workers: readonly Worker[];
  readonly coordinators: readonly Coordinator[];
}

interface Source {
  clock: number;
  /** The records that a query finds. */
  visible: number;
}

/** The item FLOW#f. */
export interface Flow {
  gen: number;
  /** The watermark, and the records with ts in (W − lookback, W] that are delivered: the content of `seenRef`. */
  W: number;
  seen: number;
  /** The run that holds the flow. */
  active: number;
  lastTick: number;
}

/** The item RUN#r, its marker object, and all that is stored under it. */
export interface Run {
  readonly run: number;
  state: number;
  tick: number;
  gen: number;
  LO: number;
  HI: number;
  seen0: number;
  /** Somebody was told "Canceled". */
  cancelled: boolean;
  marker: boolean;
  /** Its HI has become the watermark. */
  moved: boolean;
  readonly slices: readonly (readonly Segment[])[];
}

/** The item SEG#r#t#k, and the attempts at it. */
export interface Segment {
  readonly run: number;
  readonly slice: number;
  readonly segment: number;
  /** Which attempt was registered. */
  registered: number;
  /** Only under `errRegisteredAfter`: the second write was made. */
  errorNoted: boolean;
  /** Only under `sharedUpload…`: the records in the parts that the one upload holds. */
  parts: number;
  readonly attempts: readonly Attempt[];
}

/** One attempt: its two uploads, the records that it read, and where it left off. */
export interface Attempt {
  readonly run: number;
  readonly slice: number;
  readonly segment: number;
  readonly attempt: number;
  data: number;
  error: number;
  records: number;
  next: number;
}

export interface Worker {
  readonly id: number;
  step: number;
  run: number;
  slice: number;
  segment: number;
  attempt: number;
  cursor: number;
}

export interface Coordinator {
  readonly id: number;
  step: number;
  run: number;
  /** The HI that it computed for a plan. */
  HI: number;
  /** Only under `conditionalComplete`: the object that it is about to complete. */
  object: number;
  /** The objects of the publish set that it knows to be published, a bit mask. */
  done: number;
}

/** Nothing has happened: the flow is Active, its watermark is 0. */
export function initialState(world: World): State {
  return {
    source: { clock: 0, visible: 0 },
    delivered: Array.from({ length: world.runs }, () => 0),
    left: { cancels: world.cancels, recreations: world.recreations },
    flow: { gen: 0, W: 0, seen: 0, active: NONE, lastTick: 0 },
    runs: Array.from({ length: world.runs }, (_, run) => unclaimedRun(world, run)),
    workers: Array.from({ length: world.workers }, (_, id) => ({ id, step: IDLE, ...NOWHERE })),
    coordinators: Array.from({ length: world.coordinators }, (_, id) => ({ id, step: IDLE, ...NO_RUN })),
  };
}

const NOWHERE = { run: 0, slice: 0, segment: 0, attempt: 0, cursor: 0 };
const NO_RUN = { run: 0, HI: 0, object: 0, done: 0 };

function unclaimedRun(world: World, run: number): Run {
  const slices = Array.from({ length: world.slices }, (_, slice) =>
    Array.from({ length: world.segments }, (_, segment) => untriedSegment(world, run, slice, segment)),
  );
  const item = { state: UNCLAIMED, tick: 0, gen: 0, LO: 0, HI: 0, seen0: 0 };
  return { run, ...item, cancelled: false, marker: false, moved: false, slices };
}

function untriedSegment(world: World, run: number, slice: number, segment: number): Segment {
  const attempts = Array.from({ length: world.attempts }, (_, attempt) => {
    return { run, slice, segment, attempt, data: ABSENT, error: ABSENT, records: 0, next: 0 };
  });
  return { run, slice, segment, registered: NONE, errorNoted: false, parts: 0, attempts };
}

/** The same run, segment or attempt in another state; workers and coordinators point at theirs in the same way. */
export function runAt(state: Stored, at: { readonly run: number }): Run {
  return state.runs[at.run]!;
}

export function segmentAt(state: Stored, at: Pick<Segment, "run" | "slice" | "segment">): Segment {
  return state.runs[at.run]!.slices[at.slice]![at.segment]!;
}

export function attemptAt(state: Stored, at: Pick<Attempt, "run" | "slice" | "segment" | "attempt">): Attempt {
  return state.runs[at.run]!.slices[at.slice]![at.segment]!.attempts[at.attempt]!;
}

/** A process that is done, or dead: its head is empty. */
export function dismissWorker(worker: Worker): void {
  worker.step = IDLE;
  worker.run = worker.slice = worker.segment = worker.attempt = worker.cursor = 0;
}

export function dismissCoordinator(coordinator: Coordinator): void {
  coordinator.step = IDLE;
  coordinator.run = coordinator.HI = coordinator.object = coordinator.done = 0;
}

export function isUndecided({ state }: Run): boolean {
  return state === PLANNING || state === RUNNING;
}

/** The decision was to commit. */
export function isCommitted({ state }: Run): boolean {
  return state === COMMITTED || state === PUBLISHED;
}

export function isDecided({ state }: Run): boolean {
  return state >= COMMITTED;
}

/** Readers have had the chance to see it. */
export function wasVisible(upload: number): boolean {
  return upload === VISIBLE || upload === TAKEN;
}

export function isUncompleted(upload: number): boolean {
  return upload === OPEN || upload === FULL;
}

/** Step 9: clear `active` if it is this run. */
export function freeFlow(flow: Flow, run: number): void {
  if (flow.active === run) flow.active = NONE;
}
