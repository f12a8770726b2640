import type {
  CheckpointDurableExecutionRequest,
  CheckpointDurableExecutionResponse,
  DurableExecutionClient,
} from "@aws/durable-execution-sdk-js";

/** Of a durable execution: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SERVICE_LIMITS = { operations: 3000, bytes: 100 * 1024 ** 2, checkpointBytes: 256 * 1024 };

/** What an execution has used of them. */
export interface Usage {
  operations: number;
  bytes: number;
  checkpointBytes: number;
}

/** Hands checkpoints on as Lambda does: refuses those of an execution that has used up what it may, and counts. */
export class LimitedClient implements DurableExecutionClient {
  readonly #inner: DurableExecutionClient;
  readonly #operations = new Map<string, Set<string>>();
  /** By execution. */
  readonly usage = new Map<string, Usage>();
  /** The length of every pause, in seconds. */
  readonly pauses: number[] = [];

  constructor(inner: DurableExecutionClient) {
    this.#inner = inner;
  }

  getExecutionState(request: Parameters<DurableExecutionClient["getExecutionState"]>[0]) {
    return this.#inner.getExecutionState(request);
  }

  async checkpoint(request: CheckpointDurableExecutionRequest): Promise<CheckpointDurableExecutionResponse> {
    const execution = request.DurableExecutionArn!;
    const known = this.#operations.get(execution) ?? new Set(["the execution itself"]);
    const used = this.usage.get(execution) ?? { operations: 1, bytes: 0, checkpointBytes: 0 };
    this.#operations.set(execution, known);
    this.usage.set(execution, used);
    for (const update of request.Updates ?? []) {
      if (update.WaitOptions !== undefined) this.pauses.push(update.WaitOptions.WaitSeconds!);
      const bytes = Buffer.byteLength(JSON.stringify(update));
      used.operations = known.add(update.Id!).size;
      used.bytes += bytes;
      used.checkpointBytes = Math.max(used.checkpointBytes, bytes);
    }
    for (const [what, most] of Object.entries(SERVICE_LIMITS)) {
      const has = used[what as keyof Usage];
      if (has > most) throw new Error(`The execution ${execution} has used ${has} ${what}; ${most} are allowed.`);
    }
    return this.#inner.checkpoint(request);
  }
}
