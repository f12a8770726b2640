import { setTimeout as wait } from "node:timers/promises";
import type { FlowRun } from "../run/flow-run.ts";
import type { CommandContext } from "./commands/command.ts";
import { UsageError } from "./commands/command.ts";
import type { LocalStores } from "./local-engine.ts";

const MS_BETWEEN_LOOKS = 500;

/**
 * Carries a run out once no other one holds the flow. Undefined when somebody has interrupted the waiting. Fails where the
 * flow is gone, or held by a run that goes on only with help.
 */
export async function whenFree(
  flow: string,
  label: string,
  { stores, terminal, interrupted }: CommandContext & { readonly stores: LocalStores },
  carry: () => Promise<FlowRun>,
): Promise<Extract<FlowRun, { readonly state: "carried" }> | undefined> {
  let waitsFor: string | undefined;
  while (!interrupted.aborted) {
    const done = await carry();
    if (done.state === "carried") return done;
    if (done.state === "gone") throw new UsageError(`the flow ${flow} was deleted meanwhile`);
    if ((await stores.runs.get(flow, done.runId))?.blocked !== undefined) {
      throw new UsageError(
        `the flow is held by the run ${done.runId}, which is blocked: repair it, with \`millrace runs\``,
      );
    }
    if (waitsFor !== done.runId) terminal.note(`${label} waits for the run ${done.runId}.`);
    waitsFor = done.runId;
    await wait(MS_BETWEEN_LOOKS, undefined, { signal: interrupted }).catch(() => undefined);
  }
  return undefined;
}
