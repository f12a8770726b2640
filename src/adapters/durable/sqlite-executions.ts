import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type {
  CheckpointDurableExecutionRequest,
  CheckpointDurableExecutionResponse,
  DurableExecutionClient,
  GetDurableExecutionStateResponse,
  OperationUpdate,
  WireOperation,
} from "@aws/durable-execution-sdk-js";
import type { Json } from "../../sdk/json.ts";

/**
 * Remembers durable executions in an SQLite file, in the place of Lambda. What it remembers survives the process, and may
 * be lost with the power: whoever begins anew finds all that counts in the stores. Executions know steps, pauses and
 * contexts; calls of other functions are Lambda's.
 */
export class SqliteExecutions implements DurableExecutionClient {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(path: string, now: () => number) {
    this.#now = now;
    this.#database = new DatabaseSync(path);
    this.#database.exec(
      "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; " +
        "CREATE TABLE IF NOT EXISTS operation (execution TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, " +
        "due INTEGER, body TEXT NOT NULL, PRIMARY KEY (execution, id)) STRICT, WITHOUT ROWID",
    );
  }

  /** Begins an execution. One of that name that was begun before goes on. */
  begin(execution: string, input: Json): void {
    if (this.#get(execution, EXECUTION) !== undefined) return;
    this.#put(execution, {
      Id: EXECUTION,
      Type: "EXECUTION",
      Status: "STARTED",
      StartTimestamp: new Date(this.#now()),
      ExecutionDetails: { InputPayload: JSON.stringify(input) },
    });
  }

  /** All operations, in the order in which they began; the pauses that are over by now have ended. */
  operations(execution: string): WireOperation[] {
    this.#endPauses(execution);
    const rows = this.#database
      .prepare("SELECT body FROM operation WHERE execution = ? ORDER BY number")
      .all(execution);
    return rows.map(({ body }) => JSON.parse(String(body)) as WireOperation);
  }

  /** When the next pause is over, in milliseconds since 1970. */
  nextDue(execution: string): number | undefined {
    const row = this.#database.prepare("SELECT min(due) AS due FROM operation WHERE execution = ?").get(execution);
    return row?.["due"] === null ? undefined : Number(row?.["due"]);
  }

  /** Forgets an execution and those that it began, whose names begin with its own and a slash. */
  forget(execution: string): void {
    this.#database
      .prepare("DELETE FROM operation WHERE execution = ?1 OR substr(execution, 1, length(?1) + 1) = ?1 || '/'")
      .run(execution);
  }

  /** The executions that are remembered. */
  names(): readonly string[] {
    return this.#database
      .prepare("SELECT DISTINCT execution FROM operation")
      .all()
      .map(({ execution }) => String(execution));
  }

  close(): void {
    this.#database.close();
  }

  getExecutionState({ DurableExecutionArn }: { readonly DurableExecutionArn: string | undefined }) {
    const state: GetDurableExecutionStateResponse = { Operations: this.operations(DurableExecutionArn!) };
    return Promise.resolve(state);
  }

  checkpoint(request: CheckpointDurableExecutionRequest): Promise<CheckpointDurableExecutionResponse> {
    const execution = request.DurableExecutionArn!;
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const changed = (request.Updates ?? []).map((update) => this.#apply(execution, update));
      changed.push(...this.#endPauses(execution));
      this.#database.exec("COMMIT");
      return Promise.resolve({ CheckpointToken: randomUUID(), NewExecutionState: { Operations: changed } });
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #apply(execution: string, update: OperationUpdate): WireOperation {
    const known = this.#get(execution, update.Id!);
    const changed = updated(known ?? operationOf(update, this.#now()), update, this.#now());
    this.#put(execution, changed);
    return changed;
  }

  /** Ends the pauses that are over; answers with the operations that wait no more. */
  #endPauses(execution: string): WireOperation[] {
    const rows = this.#database
      .prepare("SELECT body FROM operation WHERE execution = ? AND due <= ?")
      .all(execution, this.#now());
    return rows.map(({ body }) => {
      const waiting = JSON.parse(String(body)) as WireOperation;
      const ended: WireOperation =
        waiting.Type === "WAIT"
          ? { ...waiting, Status: "SUCCEEDED", EndTimestamp: new Date(this.#now()) }
          : { ...waiting, Status: "READY" };
      this.#put(execution, ended);
      return ended;
    });
  }

  #get(execution: string, id: string): WireOperation | undefined {
    const row = this.#database.prepare("SELECT body FROM operation WHERE execution = ? AND id = ?").get(execution, id);
    return row && (JSON.parse(String(row["body"])) as WireOperation);
  }

  #put(execution: string, operation: WireOperation): void {
    this.#database
      .prepare(
        "INSERT INTO operation (execution, id, number, due, body) " +
          "VALUES (?1, ?2, (SELECT count(*) FROM operation WHERE execution = ?1), ?3, ?4) " +
          "ON CONFLICT (execution, id) DO UPDATE SET due = excluded.due, body = excluded.body",
      )
      .run(execution, operation.Id!, dueOf(operation) ?? null, JSON.stringify(operation));
  }
}

/** The operation that stands for the execution itself. */
const EXECUTION = "execution";

function operationOf(update: OperationUpdate, now: number): WireOperation {
  const { Id, ParentId, Name, Type, SubType } = update;
  return { Id, ParentId, Name, Type, SubType, Status: "STARTED", StartTimestamp: new Date(now) };
}

/** The operation after what happened to it. `Attempt` counts those that have ended. */
function updated(operation: WireOperation, update: OperationUpdate, now: number): WireOperation {
  const { Type, Action, Payload: Result, Error: error } = update;
  const Attempt = (operation.StepDetails?.Attempt ?? 0) + 1;
  const end = { EndTimestamp: new Date(now) };
  switch (`${Type}/${Action}`) {
    case "STEP/START":
    case "CONTEXT/START":
      return { ...operation, Status: "STARTED" };
    case "WAIT/START":
      return {
        ...operation,
        WaitDetails: { ScheduledEndTimestamp: new Date(now + update.WaitOptions!.WaitSeconds! * 1000) },
      };
    case "STEP/RETRY": {
      const NextAttemptTimestamp = new Date(now + (update.StepOptions?.NextAttemptDelaySeconds ?? 0) * 1000);
      return { ...operation, Status: "PENDING", StepDetails: { Attempt, Error: error, NextAttemptTimestamp } };
    }
    case "STEP/SUCCEED":
      return { ...operation, ...end, Status: "SUCCEEDED", StepDetails: { Attempt, Result } };
    case "STEP/FAIL":
      return { ...operation, ...end, Status: "FAILED", StepDetails: { Attempt, Error: error } };
    case "CONTEXT/SUCCEED": {
      const ReplayChildren = update.ContextOptions?.ReplayChildren;
      return { ...operation, ...end, Status: "SUCCEEDED", ContextDetails: { Result, ReplayChildren } };
    }
    case "CONTEXT/FAIL":
      return { ...operation, ...end, Status: "FAILED", ContextDetails: { Error: error } };
    default:
      throw new Error(`Executions in a file know no ${Action} of ${Type}.`);
  }
}

/** When the operation waits no more; undefined when it does not wait. */
function dueOf({ Type, Status, WaitDetails, StepDetails }: WireOperation): number | undefined {
  if (Type === "WAIT" && Status === "STARTED") return timeOf(WaitDetails?.ScheduledEndTimestamp);
  if (Type === "STEP" && Status === "PENDING") return timeOf(StepDetails?.NextAttemptTimestamp);
  return undefined;
}

function timeOf(timestamp: Date | string | undefined): number | undefined {
  return timestamp === undefined ? undefined : new Date(timestamp).getTime();
}
