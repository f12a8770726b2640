import { buffer } from "node:stream/consumers";
import { startServer, type TestServer } from "./http-server.ts";

export interface DurableLambda extends TestServer {
  /** The names of the executions that were begun, in order. */
  readonly executions: readonly string[];
  /** How many executions from now on are begun and fail at once, as when nothing answers them. */
  loseNext(count: number): void;
  /** Resolves when no execution is under way. Fails with what one of them failed with. */
  settled(): Promise<void>;
}

/**
 * A server that speaks what is called of Lambda's API for one durable function: executions are begun by name, once for each
 * (https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html), and those that run are listed.
 */
export async function startDurableLambda(execute: (input: never) => Promise<void>): Promise<DurableLambda> {
  const executions: string[] = [];
  const running = new Set<string>();
  let lost = 0;
  let last = Promise.resolve();

  const begin = (name: string, input: unknown) => {
    if (executions.includes(name)) return;
    executions.push(name);
    if (lost > 0) {
      lost--;
      return;
    }
    running.add(name);
    // One after the other, as the vendor's runner wants it.
    last = last.then(() => execute(input as never)).finally(() => running.delete(name));
    last.catch(() => {});
  };

  const server = await startServer((request, response) => {
    void (async () => {
      const body = (await buffer(request)).toString();
      if (request.method === "GET") {
        const found = [...running].map((name) => ({ DurableExecutionName: name, Status: "RUNNING" }));
        response.end(JSON.stringify({ DurableExecutions: found }));
        return;
      }
      begin(String(request.headers["x-amz-durable-execution-name"]), JSON.parse(body));
      response.writeHead(202).end();
    })();
  });
  return Object.assign(server, {
    executions,
    loseNext: (count: number) => void (lost = count),
    settled: () => last,
  });
}
