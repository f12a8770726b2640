import { createHash } from "node:crypto";
import type { Flow } from "../flow/flow.ts";
import type { Increment } from "../plan/plan-run.ts";
import type { Window } from "../plan/run-plan.ts";
import type { IncrementalSource, Session, Source, VersionFields } from "../sdk/connector.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { Position } from "./position.ts";
import type { Run, TimeRange } from "./run.ts";
import { UnsupportedConnector } from "./usable-ends.ts";

/** The first window of a flow that does not say where it begins, as in AppFlow. */
const FIRST_WINDOW_MS = 30 * 24 * 60 * 60 * 1000;

/** What our own clock may be ahead of that of a source which does not tell the time. */
const DISTRUST_MS = 5 * 60 * 1000;

interface IncrementPorts {
  /** Where the flow stands. */
  readonly position: Position | undefined;
  readonly session: Session;
  readonly source: Source;
  /** The source's settings. */
  readonly settings: JsonObject;
  /** Milliseconds since 1970, by our own clock. */
  readonly now: () => number;
}

/**
 * What makes a run incremental: what it reads, and what earlier ones have delivered of that. Undefined for a flow that
 * reads everything every time. Fails with `UnsupportedConnector` where a run is to read a time, and its source cannot.
 */
export async function planIncrement(
  run: Run,
  { definition: { source: end, trigger } }: Flow,
  ports: IncrementPorts,
): Promise<Increment | undefined> {
  const { source, settings, session, position } = ports;
  const { incremental } = source;
  if (run.range !== undefined) {
    if (incremental === undefined) throw notByTime(end.connector);
    return apart(run.range, end.timeField, incremental.versions?.(settings, end.timeField));
  }
  if (trigger.type !== "scheduled" || trigger.schedule.pull !== "incremental" || incremental === undefined) {
    return undefined;
  }
  const { offsetMs, firstFrom } = trigger.schedule;
  const { timeField: field } = end;
  const origin = originOf(end.connector, end.profile, source.describeObject(settings), field, firstFrom);
  const own = position?.flowId === run.flowId ? position : undefined;
  const clock = await readClock(incremental, settings, session, ports.now);
  const window = windowOf(own, { incremental, offsetMs, firstFrom, origin, clock: clock.time });
  return {
    window: { ...window, ...(field !== undefined && { field }), ...(clock.isOurs && { ourClock: true }) },
    delivered: own?.origin === origin ? own.delivered : undefined,
    versions: incremental.versions?.(settings, field),
  };
}

export function notByTime(connector: string): UnsupportedConnector {
  return new UnsupportedConnector(`${connector} cannot be read by time, only as a whole — start the flow instead`);
}

/** Windows are of times after their start, and up to their end. */
function apart({ from, until }: TimeRange, field: string | undefined, versions: VersionFields | undefined): Increment {
  const [after, to] = [from - 1, until - 1];
  const window: Window = { since: after, after, to, rememberAfter: to, origin: "", apart: true };
  return { window: { ...window, ...(field !== undefined && { field }) }, delivered: undefined, versions };
}

interface WindowRule {
  readonly incremental: IncrementalSource;
  readonly offsetMs: number;
  readonly firstFrom: number | undefined;
  readonly origin: string;
  /** Milliseconds since 1970, by the source's clock. */
  readonly clock: number;
}

/**
 * From where the last run that counted ended to the source's clock, less its lag and the schedule's offset; empty when that
 * is earlier. Where the flow read something else before, it begins anew, and its position stays where it is until then.
 */
function windowOf(
  position: Position | undefined,
  { incremental: { lagMs, lookbackMs }, offsetMs, firstFrom, origin, clock }: WindowRule,
): Window {
  const from = position?.watermark;
  const goesOn = from !== undefined && position?.origin === origin;
  const since = goesOn ? from : (firstFrom ?? clock - FIRST_WINDOW_MS);
  // Nobody asked for what was before the first window.
  const after = goesOn ? Math.max(since - lookbackMs, firstFrom ?? Number.NEGATIVE_INFINITY) : since;
  const to = Math.max(clock - lagMs - offsetMs, since, from ?? since);
  return { ...(from !== undefined && { from }), since, after, to, rememberAfter: to - lookbackMs, origin };
}

async function readClock(
  incremental: IncrementalSource,
  settings: JsonObject,
  session: Session,
  now: () => number,
): Promise<{ readonly time: number; readonly isOurs: boolean }> {
  const time = await incremental.clock?.(session, settings);
  return time === undefined ? { time: now() - DISTRUST_MS, isOurs: true } : { time, isOurs: false };
}

/** The same text while a flow reads the same thing by the same rule: then it goes on from where it stands. */
function originOf(...parts: readonly (string | number | undefined)[]): string {
  const text = JSON.stringify(parts.map((part) => part ?? null));
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
