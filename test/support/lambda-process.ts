import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export interface LambdaProcess<Event, Result> {
  readonly handler: (event: Event) => Promise<Result>;
  /** Ends the process, and gives what it wrote to its log. */
  end(): Promise<string>;
}

/**
 * Starts a bundled function in a process of its own, with that environment and no other, and with a clock that is ahead by so
 * many milliseconds. Fails with its log if it does not load.
 */
export async function startLambdaProcess<Event, Result>(
  bundle: string,
  env: Readonly<Record<string, string>>,
  { aheadMs = 0 } = {},
): Promise<LambdaProcess<Event, Result>> {
  const child = fork(join(import.meta.dirname, "function-process.ts"), [bundle], {
    env: { ...env, NODE_OPTIONS: "--enable-source-maps" },
    execArgv: aheadMs === 0 ? [] : ["--import", `data:text/javascript,${clockAhead(aheadMs)}`],
    silent: true,
  });
  const log = text(child.stderr!);
  child.stdout!.resume();
  const exited = once(child, "exit");
  const loaded = await Promise.race([once(child, "message").then(() => true), exited.then(() => false)]);
  if (!loaded) throw new Error(await log);

  const waiting = new Map<number, PromiseWithResolvers<Result>>();
  child.on("message", ({ id, result, error }: Answer<Result>) => {
    if (error === undefined) waiting.get(id)?.resolve(result as Result);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  let invocations = 0;
  return {
    handler(event) {
      const id = ++invocations;
      const answer = Promise.withResolvers<Result>();
      waiting.set(id, answer);
      child.send({ id, event });
      return answer.promise;
    },
    async end() {
      child.kill();
      await exited;
      return log;
    },
  };
}

function clockAhead(ms: number): string {
  return encodeURIComponent(`const { now } = Date; Date.now = () => now() + ${ms};`);
}

interface Answer<Result> {
  readonly id: number;
  readonly result?: Result;
  readonly error?: string;
}
