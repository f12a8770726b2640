import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export interface DynoxideServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Why tests against DynamoDB cannot run here; undefined when they can. */
export function dynoxideMissing(): string | undefined {
  return program() === undefined ? "@dynoxide/linux-x64 is an optional package, and not installed here" : undefined;
}

/** Starts dynoxide, a server with DynamoDB's interface (https://www.npmjs.com/package/dynoxide), empty, on a free port. */
export async function startDynoxide(): Promise<DynoxideServer> {
  const port = await freePort();
  const server = spawn(program()!, ["serve", "--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  for (let attempt = 0; !(await answers(endpoint)); attempt++) {
    if (attempt === 100 || server.exitCode !== null) throw new Error("dynoxide does not answer.");
    await sleep(50);
  }
  return {
    endpoint,
    async stop() {
      server.kill();
      await ended;
    },
  };
}

function program(): string | undefined {
  try {
    const path = createRequire(import.meta.url).resolve("@dynoxide/linux-x64/dynoxide");
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint);
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
