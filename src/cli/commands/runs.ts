import { parseArgs } from "node:util";
import { setTimeout as wait } from "node:timers/promises";
import { abortRun, CANCELLED } from "../../run/decide-run.ts";
import { executeRun } from "../../run/execute-run.ts";
import { failureKind } from "../../run/failure-kind.ts";
import { liveRun } from "../../run/live-run.ts";
import { blockedFiles, listFiles, lostFiles } from "../../run/publish-set.ts";
import { giveUpRun, retryRun } from "../../run/repair-run.ts";
import type { Run } from "../../run/run.ts";
import { hasEnded, isDecided } from "../../run/transitions.ts";
import { DATA_HELP, DATA_OPTIONS, requireRun, withData } from "../data-folder.ts";
import { listRuns } from "../list-runs.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import type { LocalStores } from "../local-engine.ts";
import { describeRun, showRun, showRuns } from "../show-runs.ts";
import type { ShownRun } from "../show-runs.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

const DEFAULT_LIMIT = "20";

export const runsCommand: Command = {
  name: "runs",
  summary: "list and show runs, cancel them, repair those that are blocked",
  help: `millrace runs list [FLOW] [--limit N]
millrace runs show RUN
millrace runs cancel RUN
millrace runs repair RUN [--retry | --give-up]

Looks after the runs of the engine whose data is in a folder, while it runs or not.

  list [FLOW]   the newest runs, of one flow or of all
  show RUN      how far it is, its books, its objects, and what it waits for
  cancel RUN    end it without effect; a run that is decided cannot be cancelled any more
  repair RUN    says what is in the way of a blocked run; nothing changes without one of these:
    --retry       publish again, once the cause is mended: access granted, the bucket made, a stranger's object moved away
    --give-up     publish all that can be. The records of the other objects are lost: the run's message and its receipt
                  name each of them, with its records; read them again from the source if they are needed

${DATA_HELP}
  --limit N           of list: how many (default ${DEFAULT_LIMIT})
  --json              print one line of JSON; of list, one line per run

A run is blocked when its records are decided to count, and an object of it cannot be made visible: the store has refused
access for 72 hours, or somebody else's object has its name. Its flow starts no other run until it is repaired.

Exit codes: 0 done, and of repair: everything is published · 1 no such run, or it is in no state for that · 2 the store
failed, try again · 3 of repair: still blocked, or records were given up

Examples:
  millrace runs list orders --limit 5
  millrace runs repair 5f0c2f5e-…              # what is in the way?
  millrace runs repair 5f0c2f5e-… --retry
`,
  run,
};

async function run([verb = "", ...args]: readonly string[], context: CommandContext): Promise<number> {
  const task = VERBS.get(verb);
  if (task === undefined) throw new UsageError(`expected one of: ${[...VERBS.keys()].join(", ")}`);
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      ...DATA_OPTIONS,
      json: { type: "boolean", default: false },
      limit: { type: "string", default: DEFAULT_LIMIT },
      retry: { type: "boolean", default: false },
      "give-up": { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [name, ...rest] = positionals;
  if (rest.length > 0 || (name === undefined && verb !== "list")) throw new UsageError(`${verb} takes ${task.takes}`);
  if (!/^[1-9]\d{0,5}$/.test(values.limit)) throw new UsageError(`--limit ${values.limit}: expected a number of runs`);
  if (verb !== "repair" && (values.retry || values["give-up"])) {
    throw new UsageError(`--retry and --give-up are ways to repair a run`);
  }
  if (values.retry && values["give-up"]) throw new UsageError("expected --retry or --give-up, not both");
  try {
    const options = { ...values, giveUp: values["give-up"], limit: Number(values.limit) };
    return await withData(values, (stores) => task.run(name ?? "", options, stores, context));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    context.terminal.note(`millrace runs ${verb}: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodeOf(failureKind(error));
  }
}

interface Options {
  readonly json: boolean;
  readonly limit: number;
  readonly retry: boolean;
  readonly giveUp: boolean;
}

interface Verb {
  /** What its argument is, for people. */
  readonly takes: string;
  run(name: string, options: Options, stores: LocalStores, context: CommandContext): Promise<number>;
}

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["list", { takes: "a FLOW at most", run: list }],
  ["show", { takes: "a RUN", run: show }],
  ["cancel", { takes: "a RUN", run: cancel }],
  ["repair", { takes: "a RUN", run: repair }],
]);

async function list(
  flow: string,
  { json, limit }: Options,
  stores: LocalStores,
  { terminal }: CommandContext,
): Promise<number> {
  if (flow !== "" && (await stores.flows.get(flow)) === undefined) throw new UsageError(`there is no flow ${flow}`);
  const runs = await listRuns(flow === "" ? undefined : flow, limit, stores);
  if (json) for (const each of runs) terminal.print(JSON.stringify(describeRun(each, stores.now())));
  else
    showRuns(
      runs.map((each) => describeRun(each, stores.now())),
      terminal,
    );
  return EXIT.ok;
}

async function show(id: string, options: Options, stores: LocalStores, context: CommandContext): Promise<number> {
  const found = await requireRun(id, stores);
  await print(await liveRun(found, stores.runs), options, stores, context.terminal);
  return EXIT.ok;
}

/** How long a process that carries the run out has to notice. */
const MS_TO_NOTICE = 3000;

async function cancel(id: string, options: Options, stores: LocalStores, context: CommandContext): Promise<number> {
  const found = await requireRun(id, stores);
  const told = isDecided(found) ? found : await abortRun(found, "canceled", CANCELLED, stores);
  if (told.failure !== "canceled") {
    throw new UsageError(`run ${id} is ${told.state}: what is decided cannot be cancelled any more`);
  }
  const ended = (await endedWithin(MS_TO_NOTICE, told, stores)) ?? (await endHere(told, stores));
  await print(ended, options, stores, context.terminal);
  return EXIT.ok;
}

/** Undefined when nobody ends the run in that time. */
async function endedWithin(milliseconds: number, { flow, id }: Run, stores: LocalStores): Promise<Run | undefined> {
  const deadline = stores.now() + milliseconds;
  for (;;) {
    const run = await stores.runs.get(flow, id);
    if (run !== undefined && hasEnded(run)) return run;
    if (run === undefined || stores.now() > deadline) return undefined;
    await wait(50);
  }
}

function endHere({ flow, id }: Run, stores: LocalStores): Promise<Run> {
  return executeRun(flow, id, stores, { signal: new AbortController().signal, shouldStop: () => true });
}

async function repair(id: string, options: Options, stores: LocalStores, context: CommandContext): Promise<number> {
  const found = await requireRun(id, stores);
  if (found.blocked === undefined) throw new UsageError(`run ${id} is ${found.state} and not blocked`);
  if (!options.retry && !options.giveUp) {
    await print(found, options, stores, context.terminal);
    return EXIT.data;
  }
  const repaired = options.retry ? await retryRun(found, stores) : await giveUpRun(found, stores);
  await print(repaired, options, stores, context.terminal);
  return hasEnded(repaired) && repaired.lost === undefined ? EXIT.ok : EXIT.data;
}

async function print(run: Run, { json }: Options, stores: LocalStores, terminal: Terminal): Promise<void> {
  const shown: ShownRun = {
    ...describeRun(run, stores.now()),
    objects: (await listFiles(run, stores)).map(({ upload: { bucket, key }, kind, destination, records, bytes }) => {
      return { bucket, key, kind, destination, records, bytes };
    }),
    blockedBy: run.blocked === undefined ? [] : await blockedFiles(run, stores),
    lost: await lostFiles(run, stores),
  };
  if (json) terminal.print(JSON.stringify(shown));
  else showRun(shown, terminal);
}
