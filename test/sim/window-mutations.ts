import { unionOfVersions, VersionList } from "../../src/engine/versions.ts";
import type { RunPlan, Window } from "../../src/plan/run-plan.ts";
import type { RunChange } from "../../src/run/run-store.ts";
import type { Run } from "../../src/run/run.ts";
import type { IncrementalSource, ReadableSource } from "../../src/sdk/connector.ts";
import type { StowedBytes } from "../../src/store/stowed-bytes.ts";
import type { MutationSheet } from "./mutations.ts";
import { FLOW } from "./names.ts";
import type { SimPorts } from "./ports.ts";
import type { Process } from "./scheduler.ts";
import type { Mutation, Role } from "./mutation.ts";
import { CONNECTOR, EPOCH, timeOf, UNIT, versionName } from "./source.ts";
import type { World } from "./world.ts";

/*
 * Promises of windows: where they begin and end, how far they reach back, and what is left out there. Those of the model
 * come first; it has whole units of time, so it does not know the rest. Each is taken away like those in mutations.ts.
 */

const WINDOWS = { incremental: true, trigger: "scheduled", ticks: 3 } as const;
const REACHING_BACK = { ...WINDOWS, lookback: 3, lag: 1 } as const;

export const WINDOW_WEAKENINGS = {
  noLag: {
    how: "the source says that its lag is none",
    mutation: { ports: (ports) => withIncremental(ports, { lagMs: 0 }) },
    scenario: WINDOWS,
  },
  noLookback: {
    how: "the source says that its lookback is none",
    mutation: { ports: (ports) => withIncremental(ports, { lookbackMs: 0 }) },
    scenario: REACHING_BACK,
  },
  noDedupe: {
    how: "plans are stored without what was delivered",
    mutation: { splits: planning(withoutDelivered) },
    scenario: REACHING_BACK,
  },
  seenFromWindow: {
    how: "a commit stores what the source has by then in the place of what was delivered",
    mutation: { ports: (ports, _process, _role, world) => remembering(ports, (window) => versionsAt(world, window)) },
    scenario: REACHING_BACK,
  },
} as const satisfies Record<string, MutationSheet>;

export const WINDOW_MUTATIONS = {
  failedRunMoves: {
    how: "an abort is written together with the position that a commit would have moved",
    mutation: { ports: movingWithAborts },
    scenario: { ...WINDOWS, cancels: 2 },
  },
  backfillMoves: {
    how: "the commit of a run with a range moves the position to the end of that",
    mutation: { ports: movingWithBackfills },
    scenario: { ...WINDOWS, backfills: 2 },
  },
  windowsMeetTwice: {
    how: "windows begin at the time at which the one before has ended, not after it",
    mutation: { splits: windowing((window) => ({ ...window, since: window.since - 1, after: window.after - 1 })) },
    scenario: WINDOWS,
  },
  windowsMissTheirEnd: {
    how: "the source is asked for what is before a window's end, without the end",
    mutation: { ports: endingEarly },
    scenario: WINDOWS,
  },
  ourClock: {
    how: "windows end where the clock of the process stands, without the lag",
    mutation: { ports: byOurClock },
    scenario: { ...WINDOWS, skewMs: 2 * UNIT },
  },
  deliveredForgotten: {
    how: "a commit stores nothing of what was delivered",
    mutation: { ports: (ports) => remembering(ports, () => Buffer.alloc(0)) },
    scenario: REACHING_BACK,
  },
  objectsForgotten: {
    how: "a commit of a run that reads objects stores nothing of what was delivered",
    mutation: { ports: (ports) => remembering(ports, () => Buffer.alloc(0)) },
    scenario: { ...WINDOWS, source: "objects" },
  },
  deliveredOfOneRun: {
    how: "a commit stores what its run has delivered, and nothing of the runs before",
    mutation: { ports: (ports, _process, _role, world) => remembering(ports, (_, run) => versionsOf(world, run)) },
    scenario: REACHING_BACK,
  },
  deliveredOfAnyAttempt: {
    how: "a segment is stored with the versions of every record that the source has for it by then",
    mutation: { ports: registeringTheSource },
    scenario: REACHING_BACK,
  },
} as const satisfies Record<string, MutationSheet>;

/** Plans are stored otherwise than they were made. */
function planning(change: (plan: RunPlan) => RunPlan): NonNullable<Mutation["splits"]> {
  return (written) => {
    const { run } = written;
    if (run?.state !== "running" || run.plan === undefined) return [written];
    return [{ ...written, run: { ...run, plan: change(run.plan) } }];
  };
}

function withoutDelivered(plan: RunPlan): RunPlan {
  const { delivered: _, ...rest } = plan;
  return rest;
}

/** The windows of plans, but for a flow's first, are others than were made. */
function windowing(change: (window: Window) => Window): NonNullable<Mutation["splits"]> {
  return planning((plan) => (plan.window?.from === undefined ? plan : { ...plan, window: change(plan.window) }));
}

function withSource(ports: SimPorts, change: (source: ReadableSource) => Partial<ReadableSource>): SimPorts {
  const connector = ports.connectors.get(CONNECTOR)!;
  const source = connector.source as ReadableSource;
  const changed = { ...connector, source: { ...source, ...change(source) } };
  return { ...ports, connectors: new Map([...ports.connectors, [CONNECTOR, changed]]) };
}

function withIncremental(ports: SimPorts, change: Partial<IncrementalSource>): SimPorts {
  return withSource(ports, ({ incremental }) => ({ incremental: { ...incremental!, ...change } }));
}

function endingEarly(ports: SimPorts): SimPorts {
  return withSource(ports, (source) => ({
    read: (session, { window, ...query }) =>
      source.read(session, { ...query, window: window && { ...window, to: window.to - 1 } }),
  }));
}

function byOurClock(ports: SimPorts, process: Process, _role: Role, { source }: World): SimPorts {
  return withIncremental(ports, {
    lagMs: 0,
    clock: () => Promise.resolve(Math.round(EPOCH + source.clock * UNIT + process.skewMs)),
  });
}

function withWrite(ports: SimPorts, change: (written: RunChange) => RunChange): SimPorts {
  const { runs } = ports;
  return { ...ports, runs: { ...runs, write: (written) => runs.write(change(written)) } };
}

/** A commit stores other versions as delivered. */
function remembering(ports: SimPorts, versions: (window: Window, run: Run) => Buffer): SimPorts {
  return withWrite(ports, (written) => {
    const { run, position } = written;
    const window = run?.plan?.window;
    if (run?.state !== "committed" || position === undefined || window === undefined) return written;
    return { ...written, position: { ...position, delivered: inline(versions(window, run)) } };
  });
}

/** What the source has of the time that the next window reaches back over. */
function versionsAt({ source }: World, { rememberAfter, to }: Window, slice?: number): Buffer {
  const list = new VersionList();
  for (const record of source.visible()) {
    const time = timeOf(record);
    const isMeant = slice === undefined || record.slice === slice;
    if (isMeant && time > rememberAfter && time <= to) list.add(versionName(source.keyOf(record), record), time);
  }
  return list.bytes();
}

/** What the segments of one run have read. */
function versionsOf({ tables }: World, { id }: Run): Buffer {
  const lists = tables.segments(FLOW, id).flatMap(({ versions }) => {
    return versions !== undefined && "base64" in versions ? [Buffer.from(versions.base64, "base64")] : [];
  });
  return unionOfVersions(lists, Number.NEGATIVE_INFINITY);
}

function registeringTheSource(ports: SimPorts, _process: Process, _role: Role, world: World): SimPorts {
  return withWrite(ports, (written) => {
    const { segment } = written;
    const window = segment && world.tables.get(FLOW, segment.run)?.plan?.window;
    if (segment === undefined || window === undefined) return written;
    return { ...written, segment: { ...segment, versions: inline(versionsAt(world, window, segment.slice)) } };
  });
}

function movingWithAborts(ports: SimPorts, _process: Process, _role: Role, { tables }: World): SimPorts {
  return withWrite(ports, (written) => {
    const { run } = written;
    const position = tables.position(FLOW);
    if (run?.state !== "aborting" || run.plan?.window === undefined || position?.active !== run.id) return written;
    const moved = { ...position, watermark: run.plan.window.to, origin: run.plan.window.origin };
    return { ...written, position: { ...moved, version: position.version + 1 } };
  });
}

function movingWithBackfills(ports: SimPorts): SimPorts {
  return withWrite(ports, (written) => {
    const { run, position } = written;
    if (run?.state !== "committed" || run.range === undefined || position === undefined) return written;
    const watermark = Math.max(position.watermark ?? 0, run.plan!.window!.to);
    return { ...written, position: { ...position, watermark } };
  });
}

function inline(versions: Buffer): StowedBytes {
  return { base64: versions.toString("base64") };
}
