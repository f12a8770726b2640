import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";

const ROOT = join(import.meta.dirname, "..", "..");
const MAIN = join(ROOT, "src", "cli", "main.ts");

/** The compiled sources are kept where bin/millrace.mjs keeps them. */
const COMMON = { NO_COLOR: "1", NODE_COMPILE_CACHE: join(ROOT, "node_modules", ".cache", "millrace") };

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line to its end. */
export async function millrace(
  args: readonly string[],
  { stdin = "", env = {}, interruptWhen }: RunOptions = {},
): Promise<Finished> {
  const child = start(args, env);
  child.stdin!.end(stdin);
  if (interruptWhen !== undefined) void interrupt(child, interruptWhen);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "exit")]);
  return { code: code as number | null, stdout, stderr };
}

interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Asked again and again; Ctrl-C is pressed once it says so. */
  readonly interruptWhen?: () => Promise<boolean>;
}

export interface DevServer {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** What it has printed to stderr. */
  log(): string;
  /** Sends the signal and waits for the end; answers with the exit code. */
  end(signal: "SIGINT" | "SIGKILL"): Promise<number | null>;
}

/** Starts `millrace dev` on a free port and waits until it is ready. */
export async function startDev(
  data: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<DevServer> {
  const child = start(["dev", "--port", "0", "--data", data, "--json", ...args], {
    MILLRACE_KEY_FILE: join(data, "key-file"),
    ...env,
  });
  child.stdin!.end();
  let log = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (log += text));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout! }), "line").then(([first]) => first as string),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`millrace dev ended with ${String(code)}`))),
  ]);
  return {
    ...(JSON.parse(line) as Omit<DevServer, "end" | "log">),
    log: () => log,
    async end(signal) {
      if (child.exitCode !== null) return child.exitCode;
      const exited = once(child, "exit");
      child.kill(signal);
      const [code] = await exited;
      return code as number | null;
    },
  };
}

async function interrupt(child: ChildProcess, when: () => Promise<boolean>): Promise<void> {
  while (child.exitCode === null && !(await when())) await setTimeout(10);
  child.kill("SIGINT");
}

function start(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...COMMON, ...env } });
}
