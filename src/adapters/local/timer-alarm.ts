import type { DatabaseSync } from "node:sqlite";
import type { Alarm } from "../../flow/alarm.ts";
import type { Schedule } from "../../flow/schedule.ts";
import { type AlarmTable, type ClaimedAlarm, createAlarmTable } from "./alarm-table.ts";

export interface TimerAlarmOptions {
  /** From `openDatabase`. */
  readonly database: DatabaseSync;
  /** Starts the flow, or finds that it has started it for this time before. It answers soon, not when the run is over. */
  readonly fire: (flow: string, scheduledAt: number) => Promise<void>;
  /** Told why a flow could not be started. It is tried again in half a minute. */
  readonly report: (error: unknown) => void;
  readonly clock?: Clock;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `then` after `ms`, unless the answer is called before. */
  wake(ms: number, then: () => void): () => void;
}

/**
 * Starts flows from this process: one timer for all of them, over a table that outlives it.
 *
 * A time is claimed before the flow is started and done afterwards. So whatever a crash leaves, the time is still due, and
 * is claimed again when the claim has run out; to claim for good beforehand would lose it. What that repeats, `fire`
 * finds by flow and time.
 */
export class TimerAlarm implements Alarm {
  /** Until the caller has stored what `fire` looks for. */
  readonly leadMs = 1000;
  readonly #table: AlarmTable;
  readonly #fire: TimerAlarmOptions["fire"];
  readonly #report: TimerAlarmOptions["report"];
  readonly #clock: Clock;
  #running = false;
  #working: Promise<void> | undefined;
  #cancel: () => void = () => undefined;

  constructor({ database, fire, report, clock = MACHINE }: TimerAlarmOptions) {
    this.#table = createAlarmTable(database);
    this.#fire = fire;
    this.#report = report;
    this.#clock = clock;
  }

  async set(flow: string, schedule: Schedule, activatedAt: number): Promise<void> {
    this.#table.set(flow, schedule, activatedAt, this.#clock.now());
    this.#arm();
  }

  async clear(flow: string): Promise<void> {
    this.#table.clear(flow);
  }

  /** From here on flows are started, those first that were due meanwhile. Before, the alarm only takes notes. */
  start(): void {
    this.#running = true;
    this.#arm();
  }

  /** Starts no more flows, and waits for those that are being started. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
    await this.#working;
  }

  /** Sleeps until the next flow is due. */
  #arm(): void {
    if (this.#running && this.#working === undefined) this.#sleep(this.#untilNext());
  }

  #sleep(ms: number): void {
    this.#cancel();
    this.#cancel = this.#clock.wake(ms, () => {
      this.#working = this.#work();
    });
  }

  #untilNext(): number {
    const next = this.#table.nextWake() ?? Number.POSITIVE_INFINITY;
    return Math.min(Math.max(next - this.#clock.now(), 0), LONGEST_SLEEP_MS);
  }

  /** Never fails: a database that cannot be written now may be in a while. */
  async #work(): Promise<void> {
    let wait = RETRY_MS;
    try {
      await this.#startDue();
      wait = this.#untilNext();
    } catch (error) {
      this.#report(error);
    }
    this.#working = undefined;
    if (this.#running) this.#sleep(wait);
  }

  async #startDue(): Promise<void> {
    while (this.#running) {
      const now = this.#clock.now();
      const claimed = this.#table.claim(now, now + CLAIM_MS, AT_ONCE);
      if (claimed.length === 0) return;
      const outcomes = await Promise.all(claimed.map((alarm) => this.#started(alarm)));
      this.#table.done(claimed.filter((_, index) => outcomes[index]));
      this.#table.postpone(
        claimed.filter((_, index) => !outcomes[index]),
        this.#clock.now() + RETRY_MS,
      );
    }
  }

  async #started({ flow, scheduledAt }: ClaimedAlarm): Promise<boolean> {
    try {
      await this.#fire(flow, scheduledAt);
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }
}

/**
 * A timer does not count the time that a machine sleeps, and does not see what other processes write: so nobody sleeps
 * longer than this. (Node's own limit is 2^31 − 1 ms.)
 */
const LONGEST_SLEEP_MS = 15_000;

/** How long a flow can take to be started before others may try. */
const CLAIM_MS = 60_000;

const RETRY_MS = 30_000;

/** Claims are written to the disk together, so that ten thousand flows can be due in the same minute. */
const AT_ONCE = 100;

const MACHINE: Clock = {
  now: () => Date.now(),
  wake(ms, then) {
    const timer = setTimeout(then, ms);
    // Whoever wants to be started has other reasons for the process to live.
    timer.unref();
    return () => clearTimeout(timer);
  },
};
