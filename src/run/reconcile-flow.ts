import type { Flow } from "../flow/flow.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import { abortRun } from "./decide-run.ts";
import { deliveredOf } from "./delivered.ts";
import type { Position } from "./position.ts";
import { publishRun } from "./publish-run.ts";
import type { PublishPorts } from "./publish-run.ts";
import type { Receipt } from "./receipt.ts";
import type { Run, RunState } from "./run.ts";
import { isRunOf } from "./runs-of-flow.ts";
import { tracesOfFlow } from "./traces-of-flow.ts";
import type { TracePorts, TracesOfFlow } from "./traces-of-flow.ts";
import { hasEnded, isDecided } from "./transitions.ts";

/*
 * The stores can be set back to an earlier time, and the buckets are not: then they hold data of runs that nobody knows,
 * and the flow would deliver it again. Receipts tell what the stores have forgotten. Whoever calls this sees to it that
 * nobody works on the stores meanwhile.
 */

/** What differs between what the stores know of a flow and what its runs have left behind. */
export interface FlowDifference {
  readonly flow: string;
  /** The runs that have published, and are not known, or known as unfinished; in the order in which they counted. */
  readonly forgotten: readonly string[];
  /** The run that is unfinished in the stores, and has no receipt. It ends; one that is not decided is cancelled. */
  readonly unfinished?: { readonly run: string; readonly state: RunState };
  /** Where the next window begins: in the stores, and by the receipts. Milliseconds since 1970, by the source's clock. */
  readonly watermark?: { readonly stored?: number; readonly published: number };
  /** What needs a person. With any of it, nothing of the flow is changed. */
  readonly problems: readonly string[];
  /** What needs a person whatever is done here. */
  readonly warnings: readonly string[];
  /** What is good to know, and nothing has to be done about for the data to be right. */
  readonly notes: readonly string[];
}

export type ReconcilePorts = PublishPorts & TracePorts;

interface Survey {
  readonly difference: FlowDifference;
  /** In the order of `forgotten`. */
  readonly receipts: readonly Receipt[];
  readonly unfinished: Run | undefined;
}

/** Tells what differs, and changes nothing. */
export async function compareFlow(flow: Flow, ports: ReconcilePorts): Promise<FlowDifference> {
  return (await survey(flow, ports)).difference;
}

/**
 * Makes the stores know what was published: the flow's position goes forward to where its receipts say, and never back, and
 * their runs are known as published. Where something needs a person, nothing of that is done. Repeatable, also
 * after it was stopped. Answers with what differed, and with the problems that are left.
 */
export async function reconcileFlow(flow: Flow, ports: ReconcilePorts): Promise<FlowDifference> {
  const { difference, receipts, unfinished } = await survey(flow, ports);
  if (difference.problems.length > 0) return difference;
  if (unfinished !== undefined) {
    const decided = isDecided(unfinished) ? unfinished : await abortRun(unfinished, "canceled", RESTORED, ports);
    const ended = await publishRun(decided, ports);
    if (!hasEnded(ended)) return { ...difference, problems: [`Run ${ended.id} cannot end: ${ended.blocked}`] };
  }
  for (const receipt of receipts) {
    const holder = await replay(flow, receipt, ports);
    if (holder !== undefined) {
      return { ...difference, problems: [`Run ${holder} holds the flow: somebody works on the stores.`] };
    }
  }
  return difference;
}

const RESTORED = "It was under way when the stores were saved that have been restored.";

async function survey(flow: Flow, ports: ReconcilePorts): Promise<Survey> {
  const { unfinished: stored, states } = await knownRuns(flow, ports);
  const traces = await tracesOfFlow(flow, (run) => states.get(run) !== "published", ports);
  const found = await ports.runs.position(flow.name);
  const position = found?.flowId === flow.id ? found : undefined;
  const own = [...traces.receipts.values()].filter(({ flowId, moves }) => flowId === flow.id && moves !== undefined);
  const unfinished = own.some(({ run }) => run === stored?.id) ? undefined : stored;
  const receipts = own.toSorted((a, b) => inOrder(a, b, position?.active));
  const newest = receipts.findLast(movesPosition);
  const differs = newest !== undefined && newest.moves! > (position?.moves ?? 0);
  const problems = [
    ...traces.problems,
    ...problemsOfOrder(receipts, position),
    ...problemsOfRuns(flow, { traces, states, newest, unfinished }),
    ...(differs ? await problemsOfMove(flow, newest, position, ports) : []),
  ];
  const difference: FlowDifference = {
    flow: flow.name,
    forgotten: receipts.map(({ run }) => run),
    ...(unfinished !== undefined && { unfinished: { run: unfinished.id, state: unfinished.state } }),
    ...(differs && {
      watermark: {
        ...(position?.watermark !== undefined && { stored: position.watermark }),
        published: newest.window!.to,
      },
    }),
    problems,
    warnings: await warningsOf(flow, receipts, ports),
    notes: [...notesOf(flow, traces, states)],
  };
  return { difference, receipts, unfinished };
}

interface KnownRuns {
  readonly unfinished: Run | undefined;
  /** Of all runs of flows of that name. */
  readonly states: ReadonlyMap<string, RunState>;
}

const RUNS_AT_ONCE = 100;

async function knownRuns(flow: Flow, { runs }: ReconcilePorts): Promise<KnownRuns> {
  const states = new Map<string, RunState>();
  let unfinished: Run | undefined;
  for (let page = await runs.list(flow.name, RUNS_AT_ONCE); page.length > 0;) {
    for (const run of page) {
      states.set(run.id, run.state);
      if (isRunOf(run, flow) && !hasEnded(run)) unfinished = run;
    }
    page = await runs.list(flow.name, RUNS_AT_ONCE, page.at(-1));
  }
  return { unfinished, states };
}

/** Whether the flow went on from where the run ended. */
function movesPosition({ window }: Receipt): boolean {
  return window !== undefined && window.apart !== true;
}

/** As they counted; the one that holds the flow in the stores came before all that they do not know. */
function inOrder(a: Receipt, b: Receipt, active: string | undefined): number {
  const first = Number(b.run === active) - Number(a.run === active);
  return first || a.moves! - b.moves! || a.startedAt - b.startedAt || (a.run < b.run ? -1 : 1);
}

/** Two runs that began at one position have delivered the same. */
function* problemsOfOrder(receipts: readonly Receipt[], position: Position | undefined): Generator<string> {
  const byMoves = new Map<number, string>();
  for (const { run, moves } of receipts.filter(movesPosition)) {
    const other = byMoves.get(moves!);
    const isOld = moves! <= (position?.moves ?? 0) && run !== position?.active;
    byMoves.set(moves!, run);
    if (other === undefined && !isOld) continue;
    yield (
      `Run ${run} began where ${other ?? "another run that the stores know"} began, too: the flow has run on stores that ` +
        "were set back before, and has delivered records twice. Decide which data counts, and where the flow goes on."
    );
  }
}

interface Facts {
  readonly traces: TracesOfFlow;
  readonly states: KnownRuns["states"];
  readonly newest: Receipt | undefined;
  readonly unfinished: Run | undefined;
}

function* problemsOfRuns(flow: Flow, { traces, states, newest, unfinished }: Facts): Generator<string> {
  for (const [run, receipt] of traces.receipts) {
    const state = states.get(run);
    if (receipt.flowId === flow.id && (state === "aborted" || state === "aborting")) {
      yield `Run ${run} left a receipt, and is ${state} in the stores.`;
    }
    // Those of before are behind what the newest one says.
    const isLatest = newest === undefined || receipt.startedAt > newest.startedAt;
    if (receipt.moves === undefined && movesPosition(receipt) && receipt.startedAt >= flow.createdAt && isLatest) {
      yield (
        `Run ${run} is of an earlier Millrace, whose receipts do not say what was delivered: where the flow stood after ` +
          "it is not known. Give the flow another `firstExecutionFrom`: it begins anew from there."
      );
    }
  }
  for (const [run, object] of traces.unreceipted) {
    const state = states.get(run);
    // What is decided is published to its end.
    if (state !== undefined && state !== "planning" && state !== "running") continue;
    yield (
      `Run ${run} has no receipt, and ${object} can be seen: it counted, and was not published to its end. Move its ` +
        "objects away, and its records come with the next run."
    );
  }
  if (unfinished !== undefined && !isDecided(unfinished) && traces.receipts.has(unfinished.id)) {
    yield `Run ${unfinished.id} is unfinished in the stores, and its receipt is of an earlier Millrace: it has published.`;
  }
}

/** What is in the way of going on where the newest run has ended. */
async function problemsOfMove(
  flow: Flow,
  { run, window, delivered }: Receipt,
  position: Position | undefined,
  ports: ReconcilePorts,
): Promise<readonly string[]> {
  if (window!.to < (position?.watermark ?? window!.to)) {
    return [`Run ${run} has ended at ${window!.to}, and the flow stands behind that, at ${position!.watermark}.`];
  }
  try {
    await deliveredOf({ flow: flow.name, flowId: flow.id }, delivered, ports);
    return [];
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code !== "NoSuchObject") throw error;
    return [`What run ${run} says was delivered by then cannot be read: ${(error as Error).message}`];
  }
}

/** The events of a run are in no receipt. */
async function warningsOf({ id }: Flow, receipts: readonly Receipt[], { inbox }: ReconcilePorts): Promise<string[]> {
  if (receipts.length === 0 || (await inbox.waiting(id, { limit: 1, since: 0 })).length === 0) return [];
  return ["Events wait that the forgotten runs may have delivered: the next run delivers what waits."];
}

/** Puts the run back as published, and takes the flow on to where it has ended. Answers with the run that is in the way. */
async function replay(flow: Flow, receipt: Receipt, { runs, now }: ReconcilePorts): Promise<string | undefined> {
  for (;;) {
    const before = await runs.position(flow.name);
    const holder = before?.flowId === flow.id ? before.active : undefined;
    if (holder !== undefined && holder !== receipt.run) return holder;
    const known = await runs.get(flow.name, receipt.run);
    if (known?.state === "published") return undefined;
    // What is stored of its way is not all that it has done.
    if (known !== undefined) await runs.forget(flow.name, receipt.run);
    const position = reinstated(before, flow, receipt);
    if (await runs.write({ run: putBack(flow, receipt, now()), position })) return undefined;
  }
}

/** Where the flow stands after the run that left the receipt, which does not hold it any more. It never goes back. */
function reinstated(position: Position | undefined, flow: Flow, receipt: Receipt): Position {
  const { moves, window, delivered } = receipt;
  const { active: _, ...own } = position?.flowId === flow.id ? position : newPosition(flow, position);
  const moved = movesPosition(receipt) && moves! > (own.moves ?? 0);
  return {
    ...own,
    ...(moved && { watermark: window!.to, origin: window!.origin, moves: moves!, ...(delivered && { delivered }) }),
    version: (position?.version ?? 0) + 1,
  };
}

/** Of a flow that has none; scheduled times are those of its name. */
function newPosition({ name, id, activatedAt }: Flow, before: Position | undefined): Position {
  const { lastTick, version = 0 } = before ?? {};
  return {
    flow: name,
    flowId: id,
    ...(activatedAt !== undefined && { activatedAt }),
    ...(lastTick !== undefined && { lastTick }),
    failures: 0,
    version,
  };
}

/** A run of which only its receipt is left: it has no plan and no segments. */
function putBack(flow: Flow, { run, startedAt, window, counts }: Receipt, now: number): Run {
  const range = window?.apart ? { from: window.after + 1, until: window.to + 1 } : undefined;
  return {
    id: run,
    flow: flow.name,
    flowId: flow.id,
    state: "published",
    trigger: flow.definition.trigger.type,
    ...(range !== undefined && { range }),
    startedAt,
    updatedAt: now,
    endedAt: now,
    counts,
    message: "It is known by its receipt alone: the stores were set back to before its end.",
    version: 1,
  };
}

function* notesOf(flow: Flow, traces: TracesOfFlow, states: KnownRuns["states"]): Generator<string> {
  const others = [...traces.receipts.values()].filter(({ flowId }) => flowId !== undefined && flowId !== flow.id);
  if (others.length > 0) yield `${others.length} receipts are of other flows of that name, which are deleted.`;
  for (const [run, uploads] of traces.uploads) {
    if (states.has(run) || traces.receipts.has(run)) continue;
    yield `Of run ${run}, which nobody knows, ${uploads} uploads are neither completed nor aborted: they only cost.`;
  }
}
