import type { DatabaseSync } from "node:sqlite";
import type { Position } from "../../run/position.ts";
import type { RunChange, RunStore } from "../../run/run-store.ts";
import type { Run } from "../../run/run.ts";
import type { Attempt, Segment } from "../../run/segment.ts";
import { transaction } from "./open-database.ts";
import { eventWriter } from "./sqlite-outbox.ts";

/** Keeps runs in the database that `openDatabase` gives. */
export function createSqliteRunStore(database: DatabaseSync): RunStore {
  const select = database.prepare("SELECT body FROM run WHERE flow = ? AND id = ?");
  const selectPosition = database.prepare("SELECT body FROM position WHERE flow = ?");
  const selectSegments = database.prepare(
    "SELECT body FROM segment WHERE flow = ? AND run = ? AND slice BETWEEN ? AND ? ORDER BY slice, number",
  );
  const selectAttempts = database.prepare(
    "SELECT body FROM attempt WHERE flow = ? AND run = ? AND slice BETWEEN ? AND ? ORDER BY slice, segment, number",
  );
  const firstPage = database.prepare("SELECT body FROM run WHERE flow = ? ORDER BY started_at DESC, id DESC LIMIT ?");
  const nextPage = database.prepare(
    "SELECT body FROM run WHERE flow = ? AND (started_at, id) < (?, ?) ORDER BY started_at DESC, id DESC LIMIT ?",
  );
  const unfinished = database.prepare("SELECT body FROM run WHERE ended_at IS NULL ORDER BY started_at, id");
  const upsertProgress = database.prepare(
    "INSERT INTO progress (flow, run, slice, body) SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM run WHERE flow = ?1 AND id = ?2) " +
      "ON CONFLICT DO UPDATE SET body = excluded.body",
  );
  const selectProgress = database.prepare("SELECT body FROM progress WHERE flow = ? AND run = ? ORDER BY slice");
  const write = changeWriter(database);
  const remove = database.prepare("DELETE FROM run WHERE flow = ? AND id = ?");

  return {
    async get(flow, id) {
      return bodyOf(select.get(flow, id)) as Run | undefined;
    },
    async position(flow) {
      return bodyOf(selectPosition.get(flow)) as Position | undefined;
    },
    async *segments(flow, run, slice) {
      for (const row of selectSegments.all(flow, run, ...range(slice))) yield bodyOf(row) as Segment;
    },
    async *attempts(flow, run, slice) {
      for (const row of selectAttempts.all(flow, run, ...range(slice))) yield bodyOf(row) as Attempt;
    },
    async write(change) {
      return write(change);
    },
    async list(flow, limit, after) {
      const rows =
        after === undefined ? firstPage.all(flow, limit) : nextPage.all(flow, after.startedAt, after.id, limit);
      return rows.map((row) => bodyOf(row) as Run);
    },
    async unfinished() {
      return unfinished.all().map((row) => bodyOf(row) as Run);
    },
    async showProgress(flow, run, slice, counts) {
      upsertProgress.run(flow, run, slice, JSON.stringify(counts));
    },
    async progress(flow, run) {
      return selectProgress.all(flow, run).map((row) => bodyOf(row) as Run["counts"]);
    },
    async forget(flow, run) {
      // What belongs to the run goes with it.
      remove.run(flow, run);
    },
  };
}

/** Every statement of a change touches one row, or its condition does not hold. */
function changeWriter(database: DatabaseSync): (change: RunChange) => boolean {
  const insertRun = database.prepare(
    "INSERT INTO run (flow, id, version, started_at, ended_at, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const updateRun = database.prepare(
    "UPDATE run SET version = ?, ended_at = ?, body = ? WHERE flow = ? AND id = ? AND version = ?",
  );
  const insertPosition = database.prepare(
    "INSERT INTO position (flow, version, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const updatePosition = database.prepare("UPDATE position SET version = ?, body = ? WHERE flow = ? AND version = ?");
  const insertSegment = database.prepare(
    "INSERT INTO segment (flow, run, slice, number, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const insertAttempt = database.prepare(
    "INSERT INTO attempt (flow, run, slice, segment, number, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const putEvents = eventWriter(database);
  const touchRun = database.prepare("UPDATE run SET version = version WHERE flow = ? AND id = ? AND version = ?");

  return ({ run, position, segment, attempt, unchanged, events = [] }) => {
    const results: (() => { readonly changes: number | bigint })[] = [];
    if (unchanged !== undefined) {
      results.push(() => touchRun.run(unchanged.flow, unchanged.id, unchanged.version));
    }
    if (run?.version === 1) {
      const { flow, id, version, startedAt, endedAt } = run;
      results.push(() => insertRun.run(flow, id, version, startedAt, endedAt ?? null, JSON.stringify(run)));
    } else if (run !== undefined) {
      const { flow, id, version, endedAt } = run;
      results.push(() => updateRun.run(version, endedAt ?? null, JSON.stringify(run), flow, id, version - 1));
    }
    if (position?.version === 1) {
      results.push(() => insertPosition.run(position.flow, position.version, JSON.stringify(position)));
    } else if (position !== undefined) {
      const { flow, version } = position;
      results.push(() => updatePosition.run(version, JSON.stringify(position), flow, version - 1));
    }
    if (segment !== undefined) {
      const { flow, run: id, slice, number } = segment;
      results.push(() => insertSegment.run(flow, id, slice, number, JSON.stringify(segment)));
    }
    if (attempt !== undefined) {
      const { flow, run: id, slice, segment: of, number } = attempt;
      results.push(() => insertAttempt.run(flow, id, slice, of, number, JSON.stringify(attempt)));
    }
    try {
      transaction(database, () => {
        for (const statement of results) if (Number(statement().changes) !== 1) throw REFUSED;
        putEvents(events);
      });
      return true;
    } catch (error) {
      if (error === REFUSED) return false;
      throw error;
    }
  };
}

/** Takes a transaction back whose conditions do not hold. */
const REFUSED = new Error("A condition does not hold.");

/** Slices from one to the other, as parameters: one, or all. */
function range(slice: number | undefined): readonly [number, number] {
  return slice === undefined ? [0, Number.MAX_SAFE_INTEGER] : [slice, slice];
}

function bodyOf(row: Record<string, unknown> | undefined): unknown {
  return row === undefined ? undefined : JSON.parse(String(row["body"]));
}
