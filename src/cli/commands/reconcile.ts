import { parseArgs } from "node:util";
import type { Flow } from "../../flow/flow.ts";
import { failureKind } from "../../run/failure-kind.ts";
import { compareFlow, reconcileFlow } from "../../run/reconcile-flow.ts";
import type { FlowDifference } from "../../run/reconcile-flow.ts";
import { DATA_HELP, DATA_OPTIONS, withData } from "../data-folder.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import type { LocalStores } from "../local-engine.ts";
import { eachFlow } from "../each-flow.ts";
import { formatCount } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

export const reconcileCommand: Command = {
  name: "reconcile",
  summary: "after the table was restored: let flows go on from what their receipts say",
  help: `millrace reconcile [FLOW] [--write]

Stores that were set back to an earlier time have forgotten runs whose data is there, and flows would deliver it again.
This reads the receipts that the runs have left at the flow's destinations, and tells what differs. Nothing changes
without --write. Use it before anything else works on the stores.

  --write             let each flow go on from where its last run ended, never back; make the forgotten runs known as
                      published; end those that were under way, and are not published. Of a flow for which something
                      needs a person, nothing is changed
${DATA_HELP}
  --json              print one line of JSON per flow

Exit codes: 0 the stores know what was published · 1 no such flow, or the configuration is wrong · 2 a store failed, try
again · 3 without --write: something differs; with it: something needs a person

Examples:
  millrace reconcile --table millrace-restored --staging millrace-staging --s3
  millrace reconcile --table millrace-restored --staging millrace-staging --s3 --write
`,
  run,
};

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...DATA_OPTIONS, write: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [name, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError("expected one FLOW at most");
  try {
    return await withData(values, (stores) => reconcile(name, { ...values, stores, ...context }));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    context.terminal.note(`millrace reconcile: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodeOf(failureKind(error));
  }
}

interface ReconcileContext extends CommandContext {
  readonly stores: LocalStores;
  readonly write: boolean;
  readonly json: boolean;
}

async function reconcile(name: string | undefined, context: ReconcileContext): Promise<number> {
  const { stores, terminal, write, json, interrupted } = context;
  let code: number = EXIT.ok;
  for await (const flow of name === undefined ? eachFlow(stores.flows) : [await requireFlow(name, stores)]) {
    if (interrupted.aborted) return EXIT.interrupted;
    const difference = write ? await reconcileFlow(flow, stores) : await compareFlow(flow, stores);
    const isMended = write && difference.problems.length === 0;
    if (json) terminal.print(JSON.stringify({ ...difference, written: isMended }));
    else report(difference, isMended, terminal);
    const { problems, warnings } = difference;
    if (problems.length + warnings.length > 0 || (differs(difference) && !isMended)) code = EXIT.data;
  }
  return code;
}

async function requireFlow(name: string, { flows }: LocalStores): Promise<Flow> {
  const flow = await flows.get(name);
  if (flow === undefined) throw new UsageError(`there is no flow ${name}`);
  return flow;
}

function differs({ forgotten, unfinished, watermark }: FlowDifference): boolean {
  return forgotten.length > 0 || unfinished !== undefined || watermark !== undefined;
}

function report(difference: FlowDifference, isMended: boolean, terminal: Terminal): void {
  const { flow, forgotten, unfinished, watermark, problems, warnings, notes } = difference;
  const title = differs(difference) ? (isMended ? "reconciled" : "differs") : "as published";
  terminal.print((problems.length + warnings.length > 0 ? terminal.red : terminal.green)(`${flow}: ${title}`));
  if (forgotten.length > 0) terminal.print(`  ${formatCount(forgotten.length)} published runs were not known`);
  if (unfinished !== undefined) terminal.print(`  run ${unfinished.run} was ${unfinished.state}, and has no receipt`);
  if (watermark !== undefined) {
    const { stored, published } = watermark;
    terminal.print(
      `  went on from ${stored === undefined ? "the beginning" : timeOf(stored)}, ended at ${timeOf(published)}`,
    );
  }
  for (const line of [...problems, ...warnings]) terminal.print(`  ${terminal.red(line)}`);
  for (const line of notes) terminal.print(`  ${terminal.dim(line)}`);
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
