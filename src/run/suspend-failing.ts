import type { Alarm } from "../flow/alarm.ts";
import type { FlowStore } from "../flow/flow-store.ts";
import type { Flow } from "../flow/flow.ts";
import { keepAlarm } from "../flow/keep-alarm.ts";
import type { Position } from "./position.ts";
import { suspended } from "./run-events.ts";
import type { RunStore } from "./run-store.ts";

export interface SuspendPorts {
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly alarm: Alarm;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Suspends a scheduled flow of which as many runs have failed in a row as it says; true if it did. To be called after a run
 * has ended; whoever starts the next one calls it, too, in case nobody lived to do so.
 */
export async function suspendFailing(flowName: string, ports: SuspendPorts): Promise<boolean> {
  for (;;) {
    const flow = await ports.flows.get(flowName);
    if (flow === undefined) return false;
    const next = withoutRuns(flow, await ports.runs.position(flowName), ports.now());
    if (next === undefined) return false;
    if ((await ports.flows.update(next, undefined, [suspended(next)])) !== "done") continue;
    await keepAlarm(flowName, ports);
    return true;
  }
}

/** Undefined while the flow is to run. */
function withoutRuns(flow: Flow, position: Position | undefined, now: number): Flow | undefined {
  const { trigger } = flow.definition;
  if (flow.status !== "active" || trigger.type !== "scheduled" || position?.flowId !== flow.id) return undefined;
  const { failuresAllowed = Number.POSITIVE_INFINITY } = trigger.schedule;
  // Those of before it was activated are forgiven.
  if (position.failures < failuresAllowed || position.activatedAt !== flow.activatedAt) return undefined;
  return {
    ...flow,
    status: "suspended",
    statusMessage: `${failedText(position.failures)} Mend the cause, and start the flow again.`,
    updatedAt: now,
    version: flow.version + 1,
  };
}

function failedText(failures: number): string {
  return failures === 1 ? "A run failed." : `${failures} runs failed one after the other.`;
}
