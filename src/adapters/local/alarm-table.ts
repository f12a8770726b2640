import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { latestTime, nextTime, type Schedule } from "../../flow/schedule.ts";
import { transaction } from "./open-database.ts";

/**
 * What is due when, in the database that `openDatabase` gives. Several processes may share it: a flow that is due is
 * claimed by one of them, for a time, and stays due until that one says that it is done.
 */
export interface AlarmTable {
  set(flow: string, schedule: Schedule, activatedAt: number, now: number): void;
  clear(flow: string): void;
  /** Up to `limit` flows that are due at `now`. Nobody else gets them before `until`. */
  claim(now: number, until: number, limit: number): readonly ClaimedAlarm[];
  /** The flows were started: each is due again at its next time. Passes over what was set or claimed anew since. */
  done(alarms: readonly ClaimedAlarm[]): void;
  /** The flows could not be started: each can be claimed again from `at` on. */
  postpone(alarms: readonly ClaimedAlarm[], at: number): void;
  /** When the first flow is due, or its claim ends; undefined for never. */
  nextWake(): number | undefined;
}

export interface ClaimedAlarm {
  readonly flow: string;
  /** The latest time at which the flow was due. Those before it are made up for by this one. */
  readonly scheduledAt: number;
  readonly schedule: Schedule;
  readonly activatedAt: number;
  readonly claim: string;
}

/**
 * In a row, `due_at` is the first time that is not done, `wake_at` the time to look at the row again: the same, or the end
 * of a claim. Both are null for a flow that is never due again: its row says that nothing was missed.
 */
export function createAlarmTable(database: DatabaseSync): AlarmTable {
  const select = database.prepare("SELECT schedule, activated_at FROM alarm WHERE flow = ?");
  const insert = database.prepare(
    "INSERT OR REPLACE INTO alarm (flow, schedule, activated_at, due_at, wake_at, claim) VALUES (?, ?, ?, ?, ?, NULL)",
  );
  const remove = database.prepare("DELETE FROM alarm WHERE flow = ?");
  const waking = database.prepare(
    "SELECT flow, schedule, activated_at, due_at FROM alarm WHERE wake_at <= ? ORDER BY wake_at LIMIT ?",
  );
  const take = database.prepare("UPDATE alarm SET wake_at = ?, claim = ? WHERE flow = ?");
  const advance = database.prepare(
    "UPDATE alarm SET due_at = ?, wake_at = ?, claim = NULL WHERE flow = ? AND claim = ?",
  );
  const delay = database.prepare("UPDATE alarm SET wake_at = ?, claim = NULL WHERE flow = ? AND claim = ?");
  const first = database.prepare("SELECT MIN(wake_at) AS wake FROM alarm WHERE wake_at IS NOT NULL");

  return {
    set(flow, schedule, activatedAt, now) {
      const text = JSON.stringify(schedule);
      transaction(database, () => {
        const known = select.get(flow);
        const sameActivation = known !== undefined && Number(known["activated_at"]) === activatedAt;
        if (sameActivation && known["schedule"] === text) return;
        // A changed schedule holds from now on. For a new activation, everything since then is due.
        const due = nextTime(schedule, activatedAt, sameActivation ? now : activatedAt - 1) ?? null;
        insert.run(flow, text, activatedAt, due, due);
      });
    },
    clear(flow) {
      remove.run(flow);
    },
    claim(now, until, limit) {
      const claim = randomUUID();
      return transaction(database, () =>
        waking.all(now, limit).map((row) => {
          const alarm = claimedAlarm(row, claim, now);
          take.run(until, claim, alarm.flow);
          return alarm;
        }),
      );
    },
    done(alarms) {
      transaction(database, () => {
        for (const { flow, schedule, activatedAt, scheduledAt, claim } of alarms) {
          const due = nextTime(schedule, activatedAt, scheduledAt) ?? null;
          advance.run(due, due, flow, claim);
        }
      });
    },
    postpone(alarms, at) {
      transaction(database, () => {
        for (const { flow, claim } of alarms) delay.run(at, flow, claim);
      });
    },
    nextWake() {
      const wake = first.get()?.["wake"];
      return wake === null || wake === undefined ? undefined : Number(wake);
    },
  };
}

function claimedAlarm(row: Record<string, unknown>, claim: string, now: number): ClaimedAlarm {
  const schedule = JSON.parse(String(row["schedule"])) as Schedule;
  const activatedAt = Number(row["activated_at"]);
  const due = Number(row["due_at"]);
  const scheduledAt = latestTime(schedule, activatedAt, due - 1, now) ?? due;
  return { flow: String(row["flow"]), scheduledAt, schedule, activatedAt, claim };
}
