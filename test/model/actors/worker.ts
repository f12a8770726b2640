import { KINDS } from "../publish-set.ts";
import type { Kind } from "../publish-set.ts";
import { holderOf, openEnd } from "../registration.ts";
import type { Rules } from "../rules.ts";
import * as at from "../state.ts";
import type { Attempt, Segment, State, Worker } from "../state.ts";
import type { Can } from "../step.ts";
import { isWanted } from "../window.ts";

/** Workers: pick a segment, create uploads, read and upload, register; the loser aborts its own uploads. */
export function workerSteps(rules: Rules, state: State, can: Can): void {
  const idle = state.workers.find(({ step }) => step === at.IDLE);
  if (idle !== undefined) pickSegment(state, idle, can);
  for (const worker of state.workers) {
    if (worker.step === at.IDLE) continue;
    if (worker.step === at.CREATE) createUploads(rules, worker, can);
    if (worker.step === at.READ) readAndUpload(rules, state, worker, can);
    if (worker.step === at.REGISTER) register(rules, state, worker, can);
    if (worker.step === at.ABORT_OWN) abortOwnUploads(rules, worker, can);
    if (worker.step === at.NOTE_ERROR) noteError(worker, can);
    can("worker killed", (next) => at.dismissWorker(next.workers[worker.id]!));
  }
}

/** The next segment starts from the registered cursor, whoever registered it. */
function pickSegment(state: State, { id }: Worker, can: Can): void {
  for (const run of state.runs) {
    if (run.state !== at.RUNNING) continue;
    for (const slice of run.slices) {
      const open = openEnd(slice);
      const attempt = open && freeAttempt(state, open.segment);
      if (attempt === undefined) continue;
      can("pick segment", (next) => startAttempt(next.workers[id]!, attempt, open!.cursor));
    }
  }
}

/** An attempt at the segment that nobody has begun. */
function freeAttempt(state: State, segment: Segment): Attempt | undefined {
  return segment.attempts.find((attempt) => attempt.data === at.ABSENT && !state.workers.some(isAt(attempt)));
}

function isAt(attempt: Attempt): (worker: Worker) => boolean {
  return (worker) =>
    worker.step !== at.IDLE &&
    worker.run === attempt.run &&
    worker.slice === attempt.slice &&
    worker.segment === attempt.segment &&
    worker.attempt === attempt.attempt;
}

function startAttempt(worker: Worker, { run, slice, segment, attempt }: Attempt, cursor: number): void {
  Object.assign(worker, { step: at.CREATE, run, slice, segment, attempt, cursor });
}

/** Step 3: an upload belongs to one attempt; attempts never share or resume one. */
function createUploads(rules: Rules, worker: Worker, can: Can): void {
  can("create uploads", (next) => {
    const holder = holderOf(rules, at.segmentAt(next, worker), worker.attempt);
    const own = at.attemptAt(next, worker);
    if (own !== holder) own.data = own.error = at.GONE;
    if (holder.data === at.ABSENT) holder.data = holder.error = at.OPEN;
    next.workers[worker.id]!.step = at.READ;
  });
}

/** Step 4: the worker may close its segment behind any record that it read; an upload without records is dropped. */
function readAndUpload(rules: Rules, state: State, worker: Worker, can: Can): void {
  const { world, without, sharesUploads } = rules;
  const { data } = holderOf(rules, at.segmentAt(state, worker), worker.attempt);
  if (data === at.GONE || at.wasVisible(data)) {
    can("give up", (next) => at.dismissWorker(next.workers[worker.id]!));
    return;
  }
  const found = recordsFrom(rules, state, worker);
  const takesAll = worker.segment === world.segments - 1;
  for (let count = Math.min(found.length, takesAll ? found.length : 1); count <= found.length; count++) {
    const taken = found.slice(0, count);
    const records = taken.reduce((mask, { record }) => mask | (1 << record), 0);
    can("read and upload", (next) => {
      const segment = at.segmentAt(next, worker);
      const holder = holderOf(rules, segment, worker.attempt);
      const own = at.attemptAt(next, worker);
      for (const kind of KINDS) {
        if ((records & (kind === "data" ? rules.good : rules.bad)) !== 0) holder[kind] = at.FULL;
        else if (!sharesUploads || holder[kind] === at.ABSENT) holder[kind] = at.GONE;
      }
      if (without.errorDirect && (records & rules.bad) !== 0) holder.error = at.VISIBLE;
      if (sharesUploads) segment.parts = records;
      own.records = records;
      own.next = count === found.length ? at.END : taken.at(-1)!.place + 1;
      next.workers[worker.id]!.step = at.REGISTER;
    });
  }
}

interface Found {
  readonly record: number;
  /** Its index in what the cursor counts. */
  readonly place: number;
}

/** What the source gives from the cursor on. The cursor is a key, not an offset, so edits move nothing past it. */
function recordsFrom(rules: Rules, state: State, worker: Worker): readonly Found[] {
  const run = at.runAt(state, worker);
  const inOrder = rules.keyOrder[worker.slice]!;
  const wanted = inOrder.filter((record) => isWanted(rules, state, run, record));
  if (rules.without.offsetPaging) return wanted.map((record, place) => ({ record, place })).slice(worker.cursor);
  return wanted
    .map((record) => ({ record, place: inOrder.indexOf(record) }))
    .filter(({ place }) => place >= worker.cursor);
}

/** Step 5: put SEG if absent ∧ RUN.state = RUNNING. */
function register(rules: Rules, state: State, worker: Worker, can: Can): void {
  const { without } = rules;
  const segment = at.segmentAt(state, worker);
  const holder = holderOf(rules, segment, worker.attempt);
  if (without.completeBeforeCommit && (holder.data === at.FULL || holder.error === at.FULL)) {
    can("complete own uploads", (next) => completeOwn(holderOf(rules, at.segmentAt(next, worker), worker.attempt)));
    return;
  }
  const isRunning = at.runAt(state, worker).state === at.RUNNING;
  const isAbsent = segment.registered === at.NONE;
  if ((isAbsent || without.registerOverwrites) && (isRunning || without.registerNoStateCheck)) {
    can("register", (next) => {
      at.segmentAt(next, worker).registered = worker.attempt;
      const metBad = (at.attemptAt(next, worker).records & rules.bad) !== 0;
      if (without.errRegisteredAfter && metBad) next.workers[worker.id]!.step = at.NOTE_ERROR;
      else at.dismissWorker(next.workers[worker.id]!);
    });
    return;
  }
  const further = without.ownCursor && isRunning ? nextAttempt(rules, state, worker) : undefined;
  if (further !== undefined) {
    const { next: cursor } = at.attemptAt(state, worker);
    can("run on", (next) => startAttempt(next.workers[worker.id]!, further, cursor));
    return;
  }
  can("register refused", (next) => {
    next.workers[worker.id]!.step = at.ABORT_OWN;
  });
}

/** The loser forgets everything that it read. */
function abortOwnUploads(rules: Rules, worker: Worker, can: Can): void {
  can("abort own uploads", (next) => {
    const own = at.attemptAt(next, worker);
    for (const kind of KINDS) if (!rules.sharesUploads) abortUpload(own, kind);
    at.dismissWorker(next.workers[worker.id]!);
  });
}

function abortUpload(attempt: Attempt, kind: Kind): void {
  if (at.isUncompleted(attempt[kind])) attempt[kind] = at.GONE;
}

function completeOwn(holder: Attempt): void {
  for (const kind of KINDS) if (holder[kind] === at.FULL) holder[kind] = at.VISIBLE;
}

function nextAttempt(rules: Rules, state: State, worker: Worker): Attempt | undefined {
  const number = worker.segment + 1;
  if (number === rules.world.segments || at.attemptAt(state, worker).next === at.END) return undefined;
  const segment = at.segmentAt(state, { ...worker, segment: number });
  return segment.registered === at.NONE ? freeAttempt(state, segment) : undefined;
}

function noteError(worker: Worker, can: Can): void {
  can("note error", (next) => {
    const segment = at.segmentAt(next, worker);
    if (segment.registered === worker.attempt) segment.errorNoted = true;
    at.dismissWorker(next.workers[worker.id]!);
  });
}
