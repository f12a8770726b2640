import type { Position } from "../../run/position.ts";
import type { RunChange, RunStore } from "../../run/run-store.ts";
import type { Run } from "../../run/run.ts";
import type { Attempt, Segment } from "../../run/segment.ts";
import { readListed } from "./dynamo-list.ts";
import type { Action, DynamoTable, Expectation, Item } from "./dynamo-table.ts";
import { putEvents } from "./dynamo-outbox.ts";
import { packBody, unpackBody } from "./item-body.ts";
import {
  attemptKey,
  EXPIRY_ATTRIBUTE,
  type Key,
  listedRunId,
  listedRunKey,
  LISTS,
  partitionOfRun,
  PARTS,
  positionKey,
  progressKey,
  runKey,
  segmentKey,
  unfinishedKey,
} from "./table.ts";

/** Keeps runs in the table. What belongs to a run is in its partition. The start of a run never changes. */
export function createDynamoRunStore(table: DynamoTable): RunStore {
  async function valueAt(key: Key): Promise<unknown> {
    const item = await table.get(key);
    return item && bodyOf(item);
  }

  async function* parts(flow: string, run: string, prefix: string): AsyncGenerator {
    const where = { expression: "begins_with(#sk, :prefix)", values: { ":prefix": prefix } } as const;
    for await (const item of table.each({ pk: partitionOfRun(flow, run), where })) yield bodyOf(item);
  }

  return {
    async get(flow, id) {
      return valueAt(runKey(flow, id)) as Promise<Run | undefined>;
    },

    async position(flow) {
      return valueAt(positionKey(flow)) as Promise<Position | undefined>;
    },

    segments: (flow, run, slice) => parts(flow, run, PARTS.segments(slice)) as AsyncIterable<Segment>,

    attempts: (flow, run, slice) => parts(flow, run, PARTS.attempts(slice)) as AsyncIterable<Attempt>,

    async write(change) {
      return (await table.write(actionsOf(change))).length === 0;
    },

    async list(flow, limit, after) {
      const part = {
        list: LISTS.runsOf(flow),
        limit,
        descending: true,
        after: after && listedRunKey(flow, after).sk,
      };
      const items = await readListed(table, part, (sk) => runKey(flow, listedRunId(sk)));
      return items.map(bodyOf) as Run[];
    },

    async unfinished() {
      const places = await table.query({ pk: LISTS.unfinished });
      const keys = places.map(({ flow, id }) => runKey(String(flow), String(id)));
      const runs = (await table.getAll(keys)).map(bodyOf) as Run[];
      // Some may have ended in between.
      return runs
        .filter(({ endedAt }) => endedAt === undefined)
        .sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
    },

    // No look at the run, whose item everybody writes beside: that would stand in their way.
    async showProgress(flow, run, slice, counts) {
      const body = packBody(counts, "The progress");
      await table.put({ ...progressKey(flow, run, slice), body, [EXPIRY_ATTRIBUTE]: secondsFromNow(PROGRESS_LIFE_S) });
    },

    async progress(flow, run) {
      const { pk, sk } = runKey(flow, run);
      const where = {
        expression: "#sk BETWEEN :first AND :run",
        values: { ":first": PARTS.progress, ":run": sk } as const,
      };
      const items = await table.query({ pk, where });
      return items.at(-1)?.sk === sk ? (items.slice(0, -1).map(bodyOf) as Run["counts"][]) : [];
    },

    async forget(flow, id) {
      const pk = partitionOfRun(flow, id);
      const belonging = { pk, where: { expression: "#sk < :run", values: { ":run": runKey(flow, id).sk } } } as const;
      // The run goes last, so that whoever is stopped in between finds it again.
      await table.deleteEach(belonging);
      const run = (await valueAt(runKey(flow, id))) as Run | undefined;
      if (run === undefined) return;
      await table.write([
        { delete: runKey(flow, id) },
        { delete: listedRunKey(flow, run) },
        { delete: unfinishedKey(flow, id) },
      ]);
      // What came in between: without the run nothing more can.
      await table.deleteEach(belonging);
    },
  };
}

/** Progress is shown of runs that live for a day at most. */
const PROGRESS_LIFE_S = 2 * 24 * 60 * 60;

function actionsOf({ run, position, segment, attempt, unchanged, events }: RunChange): readonly Action[] {
  const actions: Action[] = [...putEvents(events)];
  if (run !== undefined) actions.push(...actionsOfRun(run));
  if (position !== undefined)
    actions.push(versioned(positionKey(position.flow), position, `The position of flow \`${position.flow}\``));
  if (segment !== undefined) {
    const { flow, run: id, slice, number } = segment;
    actions.push(once(segmentKey(flow, id, slice, number), segment, `The segment of ${textOf(flow, id)}`));
  }
  if (attempt !== undefined) {
    const { flow, run: id, slice, segment: of, number } = attempt;
    actions.push(once(attemptKey(flow, id, slice, of, number), attempt, `The attempt of ${textOf(flow, id)}`));
  }
  if (unchanged !== undefined) {
    actions.push({ check: runKey(unchanged.flow, unchanged.id), if: isVersion(unchanged.version) });
  }
  return actions;
}

function actionsOfRun(run: Run): readonly Action[] {
  const { flow, id, version, endedAt } = run;
  const actions: Action[] = [versioned(runKey(flow, id), run, `The ${textOf(flow, id)}`)];
  const unfinished = unfinishedKey(flow, id);
  if (version === 1) actions.push({ put: { ...listedRunKey(flow, run) } });
  if (endedAt !== undefined) actions.push({ delete: unfinished });
  else if (version === 1) actions.push({ put: { ...unfinished, flow, id } });
  return actions;
}

/** Makes the item of version 1, and changes the item of the version before to any other. */
function versioned(key: Key, value: { readonly version: number }, what: string): Action {
  const { version } = value;
  if (version === 1) return once(key, value, what, { version });
  const set = { version, body: packBody(value, what, REMEDY) };
  return { update: key, set, if: isVersion(version - 1) };
}

function once(key: Key, value: unknown, what: string, attributes: Readonly<Record<string, unknown>> = {}): Action {
  return { put: { ...key, ...attributes, body: packBody(value, what, REMEDY) }, if: ABSENT };
}

const ABSENT: Expectation = { expression: "attribute_not_exists(#pk)" };

function isVersion(version: number): Expectation {
  return { expression: "#version = :version", values: { ":version": version } };
}

const REMEDY = "let the flow read fewer fields, or divide it in two";

function textOf(flow: string, run: string): string {
  return `run \`${run}\` of flow \`${flow}\``;
}

function bodyOf(item: Item): unknown {
  return unpackBody(item["body"]);
}

function secondsFromNow(seconds: number): number {
  return Math.ceil(Date.now() / 1000) + seconds;
}
