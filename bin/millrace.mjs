#!/usr/bin/env node
// `npx millrace`: runs the command line under the Node that the project brings along, installing both first if need be.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { bootstrap, nodePath } from "../scripts/bootstrap.mjs";

bootstrap();

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
// Node keeps what it has made of the sources, so that a command starts in half the time and takes less memory.
const cache = fileURLToPath(new URL("../node_modules/.cache/millrace", import.meta.url));
const env = { NODE_COMPILE_CACHE: cache, ...process.env };
const child = spawn(nodePath, [main, ...process.argv.slice(2)], { stdio: "inherit", env });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // A terminal sends these two to the child as well; a second one would mean "at once" instead of "finish and stop".
    if (signal !== "SIGTERM" && process.stdin.isTTY) return;
    child.kill(signal);
  });
}

child.on("error", (error) => {
  process.stderr.write(`millrace: ${nodePath} does not start: ${error.message}\n`);
  process.exitCode = 1;
});

// The exit code of a process that a signal ended is what a shell would say: 128 and the signal's number.
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
