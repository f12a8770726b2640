import { spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export interface MotoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Why tests against moto cannot run here; undefined when they can. */
export function motoMissing(): string | undefined {
  const { status } = spawnSync("moto_server", ["--help"], { stdio: "ignore" });
  return status === 0 ? undefined : "moto_server is not on the PATH (pip install 'moto[server]')";
}

/** Starts moto's server for AWS (https://docs.getmoto.org) on a free port of this machine. */
export async function startMoto(): Promise<MotoServer> {
  const port = await freePort();
  const server = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  for (let attempt = 0; !(await answers(endpoint)); attempt++) {
    if (attempt === 300 || server.exitCode !== null) throw new Error("moto_server does not answer.");
    await sleep(100);
  }
  return {
    endpoint,
    async stop() {
      server.kill();
      await ended;
    },
  };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/moto-api/`);
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
