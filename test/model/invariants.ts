import { publishSet } from "./publish-set.ts";
import { heldBy, holderOf, isRegistered, registeredOf } from "./registration.ts";
import type { Rules } from "./rules.ts";
import * as at from "./state.ts";
import type { Attempt, Run, Segment, Stored } from "./state.ts";
import { mayBeMissed } from "./world.ts";

/*
 * The invariants of docs/commit-model.md, over what is stored: processes may believe what they like. Each answers what is wrong, or undefined. I12, the balance of counts, is the implementation's:
 * the model has no counts.
 */

export interface Invariant {
  readonly id: string;
  /** The protocol's own words; `dec`, `vis` and `reg` as defined there. */
  readonly promise: string;
  /** A reader, a caller or an operator would notice. The others say how the protocol works inside. */
  readonly isNoticed: boolean;
  readonly broken: (rules: Rules, state: Stored) => string | undefined;
}

export const INVARIANTS: readonly Invariant[] = [
  {
    id: "I1 no dirty read",
    promise: "vis(data o of r) ⇒ dec(r) = C; vis(error o of r) ⇒ dec(r) ≠ none",
    isNoticed: true,
    broken: (rules, state) =>
      findUpload(rules, state, (run, _, { data, error }) => {
        if (at.wasVisible(data) && !at.isCommitted(run)) return `data of ${nameOf(run)} is visible`;
        if (at.wasVisible(error) && !at.isDecided(run)) return `an error object of ${nameOf(run)} is visible`;
        return undefined;
      }),
  },
  {
    id: "I2 content",
    promise: "vis(o) ⇒ bytes(o) = bytes registered for o",
    isNoticed: true,
    broken: (rules, state) =>
      findUpload(rules, state, (run, segment, upload) => {
        if (!isVisible(upload) || !isRegistered(rules, segment, upload)) return undefined;
        if (heldBy(rules, segment, upload) === registeredOf(segment)!.records) return undefined;
        return `an object of ${nameOf(run)} holds other records than were registered`;
      }),
  },
  {
    id: "I3 one attempt",
    promise: "vis(o of (r, t, k, a)) ⇒ reg(r, t, k) = a",
    isNoticed: true,
    broken: (rules, state) =>
      findUpload(rules, state, (run, segment, upload) => {
        if (!isVisible(upload) || isRegistered(rules, segment, upload)) return undefined;
        return `an object of an attempt of ${nameOf(run)} that was not registered is visible`;
      }),
  },
  {
    id: "I4 exactly once",
    promise: "each record version is in ≤ 1 committed segment, ≤ 1 visible data and ≤ 1 visible error object",
    isNoticed: true,
    broken: foundTwice,
  },
  {
    id: "I5 durable",
    promise: "dec(r) = C ⇒ every upload of its publish set is complete or still completable",
    isNoticed: true,
    broken: (rules, state) =>
      findDue(rules, state, (run, upload, partsMatch) => {
        if (at.wasVisible(upload) || (upload === at.FULL && partsMatch)) return undefined;
        return `an upload of ${nameOf(run)} is ${partsMatch ? at.UPLOADS[upload] : "overwritten"}`;
      }),
  },
  {
    id: "I5b no loss",
    promise: "a record that no later window can reach (ts ≤ W − L, or in SEEN) is in committed content",
    isNoticed: true,
    broken: lostRecord,
  },
  {
    id: "I6 watermark",
    promise: "W = max HI of the committed runs of the incarnation",
    isNoticed: false,
    broken: (_, { flow, runs }) => {
      let highest = 0;
      for (const run of runs) if (at.isCommitted(run) && run.gen === flow.gen) highest = Math.max(highest, run.HI);
      return flow.W === highest ? undefined : `W is ${flow.W}, and the newest committed run ends at ${highest}`;
    },
  },
  {
    id: "I7 marker",
    promise: "marker(r) or state = PUBLISHED ⇒ all objects of r have been visible",
    isNoticed: true,
    broken: (rules, state) =>
      findDue(rules, state, (run, upload) => {
        const saysAll = run.marker || run.state === at.PUBLISHED;
        return saysAll && !at.wasVisible(upload) ? `${nameOf(run)} is complete without an object` : undefined;
      }),
  },
  {
    id: "I8 one decision",
    promise: "C and A exclude each other: only a committed run has a marker",
    isNoticed: true,
    broken: (_, { runs }) => {
      const run = runs.find((each) => each.marker && !at.isCommitted(each));
      return run && `${nameOf(run)} has a marker`;
    },
  },
  {
    id: "I9 triggers, ticks",
    promise: "≤ 1 run per tick",
    isNoticed: true,
    broken: (_, { runs }) => {
      const isClaimed = ({ state }: Run) => state !== at.UNCLAIMED;
      const twin = (run: Run) =>
        runs.find((other) => other.run < run.run && isClaimed(other) && other.tick === run.tick);
      const run = runs.find((each) => isClaimed(each) && twin(each) !== undefined);
      return run && `two runs stem from tick ${run.tick}`;
    },
  },
  {
    id: "I9 triggers, overlap",
    promise: "≤ 1 run of a flow between claim and end",
    isNoticed: false,
    broken: (_, { flow, runs }) => {
      let active = 0;
      for (const { gen, state } of runs) {
        if (gen === flow.gen && state >= at.PLANNING && state < at.PUBLISHED) active++;
      }
      return active > 1 ? `${active} runs are under way` : undefined;
    },
  },
  {
    id: "I10 cancel",
    promise: "answered Canceled ⇒ dec(r) ≠ C",
    isNoticed: true,
    broken: (_, { runs }) => {
      const run = runs.find((each) => each.cancelled && at.isCommitted(each));
      return run && `${nameOf(run)} was answered Canceled`;
    },
  },
  {
    id: "I11 error files",
    promise: "r ended ⇒ each registered error object is visible, aborted runs included",
    isNoticed: true,
    broken: (rules, state) => {
      for (const run of state.runs) {
        if (run.state !== at.ABORTED) continue;
        for (const slice of run.slices) {
          for (const segment of slice) {
            const metBad = ((registeredOf(segment)?.records ?? 0) & rules.bad) !== 0;
            if (metBad && !at.wasVisible(holderOf(rules, segment, segment.registered).error)) {
              return `an error object of ${nameOf(run)} is lost`;
            }
          }
        }
      }
      return undefined;
    },
  },
];

/** What is wrong with a state, by the first invariant that it breaks. */
export function brokenBy(rules: Rules, state: Stored, invariants = INVARIANTS): string | undefined {
  for (const { id, broken } of invariants) {
    const wrong = broken(rules, state);
    if (wrong !== undefined) return `${id}: ${wrong}`;
  }
  return undefined;
}

/** Invariants of a step. I8: a decision is never left. I6: W changes only with a commit, and never falls. */
export function brokenByStep(before: Stored, after: Stored): string | undefined {
  let commits = 0;
  for (let i = 0; i < before.runs.length; i++) {
    const [was, is] = [before.runs[i]!, after.runs[i]!];
    if (at.isDecided(was) && at.isCommitted(was) !== at.isCommitted(is))
      return `I8 one decision: ${nameOf(was)} left it`;
    if (at.isDecided(was) && !at.isDecided(is)) return `I8 one decision: ${nameOf(was)} became undecided`;
    if (!at.isCommitted(was) && at.isCommitted(is)) commits++;
  }
  if (before.flow.gen !== after.flow.gen || before.flow.W === after.flow.W) return undefined;
  if (after.flow.W < before.flow.W) return `I6 watermark: W fell from ${before.flow.W} to ${after.flow.W}`;
  return commits === 1 ? undefined : "I6 watermark: W changed without a commit";
}

function nameOf({ run, state }: Run): string {
  return `run ${run} (${at.RUN_STATES[state]})`;
}

function isVisible({ data, error }: Attempt): boolean {
  return at.wasVisible(data) || at.wasVisible(error);
}

/** Looks at every pair of uploads there is, registered or not. */
function findUpload(
  rules: Rules,
  { runs }: Stored,
  look: (run: Run, segment: Segment, holder: Attempt) => string | undefined,
): string | undefined {
  for (const run of runs) {
    if (run.state === at.UNCLAIMED) continue;
    for (const slice of run.slices) {
      for (const segment of slice) {
        for (const attempt of segment.attempts) {
          if (rules.sharesUploads && attempt.attempt > 0) continue;
          const wrong = look(run, segment, attempt);
          if (wrong !== undefined) return wrong;
        }
      }
    }
  }
  return undefined;
}

/** Looks at every object that committed runs owe. */
function findDue(
  rules: Rules,
  { runs }: Stored,
  look: (run: Run, upload: number, partsMatch: boolean) => string | undefined,
): string | undefined {
  for (const run of runs) {
    if (!at.isCommitted(run)) continue;
    for (const { holder, kind, partsMatch } of publishSet(rules, run)) {
      const wrong = look(run, holder[kind], partsMatch);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

function foundTwice(rules: Rules, { flow, runs }: Stored): string | undefined {
  let [committed, data, error] = [0, 0, 0];
  for (const run of runs) {
    if (!at.isCommitted(run) || run.gen !== flow.gen) continue;
    for (const slice of run.slices) {
      for (const segment of slice) {
        const registered = registeredOf(segment)?.records ?? 0;
        if ((committed & registered) !== 0) return `records ${setOf(committed & registered)} are committed twice`;
        committed |= registered;
        for (const attempt of segment.attempts) {
          const held = heldBy(rules, segment, attempt);
          const [good, bad] = [held & rules.good, held & rules.bad];
          if (at.wasVisible(attempt.data)) {
            if ((data & good) !== 0) return `records ${setOf(data & good)} are visible twice`;
            data |= good;
          }
          if (at.wasVisible(attempt.error)) {
            if ((error & bad) !== 0) return `records ${setOf(error & bad)} are in two error objects`;
            error |= bad;
          }
        }
      }
    }
  }
  return undefined;
}

function lostRecord(rules: Rules, state: Stored): string | undefined {
  const { flow, runs } = state;
  if (rules.without.watermarkBefore && runs.some((run) => run.moved && run.state === at.RUNNING)) return undefined;
  let committed = 0;
  for (const run of runs) {
    if (!at.isCommitted(run) || run.gen !== flow.gen) continue;
    for (const slice of run.slices) for (const segment of slice) committed |= registeredOf(segment)?.records ?? 0;
  }
  const { records } = rules.world;
  for (let record = 0; record < records.length; record++) {
    const isPast = records[record]!.ts <= flow.W - rules.lookback || ((flow.seen >> record) & 1) === 1;
    if (!isPast || ((committed >> record) & 1) === 1) continue;
    if (!mayBeMissed(records, record)) return `no window reaches record ${record} any more`;
  }
  return undefined;
}

function setOf(mask: number): string {
  return `{${[0, 1, 2, 3, 4, 5, 6, 7].filter((record) => (mask >> record) & 1).join(",")}}`;
}
